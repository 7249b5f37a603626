import { rotateKey } from '../../tenants/key-rotate.ts'
import { createKey, getKey, listKeys, revokeKey, updateKey } from '../../tenants/keys.ts'
import {
  CreateKeyInput,
  KeyView,
  NewKeyView,
  RotatedKeyView,
  RotateKeyInput,
  UpdateKeyInput,
} from '../../tenants/schemas.ts'
import { mountResource } from '../resource.ts'
import type { Mount } from '../route.ts'

const path = '/v1/api-keys'
const tag = 'API keys'

/** Keys: made, changed, rotated, revoked. */
export function apiKeyRoutes(mount: Mount): void {
  mountResource(mount, {
    path,
    tag,
    name: 'ApiKey',
    noun: 'an API key',
    view: KeyView,
    createdView: NewKeyView,
    create: CreateKeyInput,
    update: UpdateKeyInput,
    descriptions: {
      create:
        'The `secret` is in this answer, and never again. `admin` is for keys of the first tenant only.',
      list: 'Keys of your own tenant, or of the one in `Ringproof-Tenant`. A test key sees test keys only.',
      update: 'A key that has expired cannot be prolonged: make a new one.',
      remove: 'Revokes the key: it stops working within a second.',
    },
    errors: { update: ['conflict'] },
    verbs: { create: createKey, list: listKeys, get: getKey, update: updateKey, remove: revokeKey },
  })

  mount(
    {
      method: 'post',
      path: `${path}/{id}/rotate`,
      tag,
      operationId: 'rotateApiKey',
      summary: 'Replace: an API key',
      description:
        'Makes a new key that may do the same, and ends this one after `overlap_seconds`, a day by default; 0 ends it at once. Until then both work, and each can be revoked by itself. A key that ends itself and loses the answer may repeat the request with its `Idempotency-Key` for ten minutes.',
      scope: 'admin',
      mayEndKey: true,
      body: RotateKeyInput,
      bodyOptional: true,
      answers: {
        201: {
          description: 'The new key.',
          schema: RotatedKeyView,
          headers: { Location: 'Where the new key is.' },
        },
      },
      errors: ['conflict'],
    },
    async (context, { id, body }) => {
      const made = await rotateKey(context, { id, ...body })
      return { status: 201, headers: { location: `${path}/${made.id}` }, body: made }
    },
  )
}
