import { createCompat, getCompat, listCompats, revokeCompat } from '../../access/compat-credentials.ts'
import { CompatView, CreateCompatInput, NewCompatView } from '../../access/compat-schemas.ts'
import { mountResource } from '../resource.ts'
import type { Mount } from '../spec.ts'

/** Credentials of doors: create, list, get, revoke. */
export function compatCredentialRoutes(mount: Mount): void {
  mountResource(mount, {
    path: '/v1/compat-credentials',
    tag: 'Doors',
    name: 'CompatCredential',
    one: 'a credential of a door',
    many: 'credentials of doors',
    view: CompatView,
    createdView: NewCompatView,
    create: CreateCompatInput,
    descriptions: {
      create:
        'For a client that speaks an operator’s API (`facade`): only its address and credentials change. The client gets the codes and compares them itself. The credential acts for your own tenant, or the one in `Ringproof-Tenant`, and opens nothing but its door. Only this response contains `token`, or `access_key` and `sign_key`. A test key can create only test credentials.',
      list: 'A test key sees only test credentials.',
      remove: 'Revokes the credential; it stops working within a second.',
    },
    verbs: { create: createCompat, list: listCompats, get: getCompat, remove: revokeCompat },
  })
}
