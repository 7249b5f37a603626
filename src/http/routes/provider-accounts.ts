import {
  createAccount,
  deleteAccount,
  getAccount,
  listAccounts,
  updateAccount,
} from '../../routing/accounts.ts'
import { AccountView, CreateAccountInput, UpdateAccountInput } from '../../routing/schemas.ts'
import { mountResource } from '../resource.ts'
import type { Mount } from '../route.ts'

/** Accounts at operators; they serve every tenant. */
export function providerAccountRoutes(mount: Mount): void {
  mountResource(mount, {
    path: '/v1/provider-accounts',
    tag: 'Provider accounts',
    name: 'ProviderAccount',
    noun: 'a provider account',
    view: AccountView,
    create: CreateAccountInput,
    update: UpdateAccountInput,
    descriptions: {
      update: '`credentials` are replaced as a whole, `settings` one by one. Calls follow within a second.',
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
