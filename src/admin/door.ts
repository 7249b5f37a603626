import { createCompat, getCompat, listCompats, revokeCompat } from '../access/compat-credentials.ts'
import { CreateCompatInput } from '../access/compat-schemas.ts'
import { resourceNoun } from './resource.ts'

/** Credentials for clients that speak an operator's own API. */
export const doorNoun = resourceNoun({
  one: 'a credential of a door',
  many: 'credentials of doors',
  id: 'cmp_…',
  create: {
    schema: CreateCompatInput,
    required: ['facade', 'name'],
    verb: createCompat,
    says: 'Creates a credential for a client that speaks an operator’s API. Its secrets are shown only now.',
  },
  list: listCompats,
  get: getCompat,
  remove: { name: 'revoke', verb: revokeCompat },
})
