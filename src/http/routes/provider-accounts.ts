import {
  createAccount,
  deleteAccount,
  getAccount,
  listAccounts,
  updateAccount,
} from '../../routing/accounts.ts'
import {
  AccountView,
  CreateAccountInput,
  CreatedAccountView,
  UpdateAccountInput,
  UpdatedAccountView,
} from '../../routing/schemas.ts'
import { mountResource } from '../resource.ts'
import type { Mount } from '../spec.ts'

/** Accounts at operators. They serve every tenant. */
export function providerAccountRoutes(mount: Mount): void {
  mountResource(mount, {
    path: '/v1/provider-accounts',
    tag: 'Provider accounts',
    name: 'ProviderAccount',
    one: 'a provider account',
    many: 'provider accounts',
    liveOnly: true,
    view: AccountView,
    createdView: CreatedAccountView,
    updatedView: UpdatedAccountView,
    create: CreateAccountInput,
    update: UpdateAccountInput,
    descriptions: {
      create:
        'Checks the credentials with the operator and returns the result as `check`. With `"check": "require"`, an account that does not work is rejected with 422 and not saved: the error names `credentials` if the operator rejects them, or `base_url` if the operator cannot be reached there. Numbers of a pool that the account does not own are rejected in any case, if the operator lists its numbers: `settings.numbers`.',
      update:
        '`credentials` are replaced as a whole, `settings` one by one. If scheme, host or port of `base_url` changes, the request must include the credentials. Unless only the name changes, they are checked as on creation. New credentials or another address start a stopped account. The change applies to calls within a second.',
      remove: 'Calls in progress are still followed to their end. 409 while a route uses the account.',
    },
    errors: { create: ['conflict'], update: ['conflict'], remove: ['conflict'] },
    verbs: {
      create: createAccount,
      list: listAccounts,
      get: getAccount,
      update: updateAccount,
      remove: deleteAccount,
    },
  })
}
