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

/** Accounts at operators; they serve every tenant. */
export function providerAccountRoutes(mount: Mount): void {
  mountResource(mount, {
    path: '/v1/provider-accounts',
    tag: 'Provider accounts',
    name: 'ProviderAccount',
    noun: 'a provider account',
    liveOnly: true,
    view: AccountView,
    createdView: CreatedAccountView,
    updatedView: UpdatedAccountView,
    create: CreateAccountInput,
    update: UpdateAccountInput,
    descriptions: {
      create:
        'The credentials are tried, and `check` says how that went. With `"check": "require"` what does not work is refused with 422, and nothing is saved: `credentials` that the operator does not accept, or a `base_url` where it could not be asked.',
      update:
        '`credentials` are replaced as a whole, `settings` one by one. Another scheme, host or port needs the credentials again in the same request. They are tried as by creation, unless only the name changes. Calls follow within a second.',
      remove: 'Calls that are out are followed to their end. Refused while a route uses the account.',
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
