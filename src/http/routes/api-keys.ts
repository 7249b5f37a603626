import { rotateKey } from '../../access/key-rotate.ts'
import { createKey, getKey, listKeys, revokeKey, updateKey } from '../../access/keys.ts'
import {
  CreateKeyInput,
  KeyView,
  NewKeyView,
  RotatedKeyView,
  RotateKeyInput,
  UpdateKeyInput,
} from '../../access/schemas.ts'
import { mountResource } from '../resource.ts'
import type { Mount } from '../spec.ts'

const path = '/v1/api-keys'
const tag = 'API keys'

/** API keys: create, list, get, update, rotate, revoke. */
export function apiKeyRoutes(mount: Mount): void {
  mountResource(mount, {
    path,
    tag,
    name: 'ApiKey',
    one: 'an API key',
    many: 'API keys',
    view: KeyView,
    createdView: NewKeyView,
    create: CreateKeyInput,
    update: UpdateKeyInput,
    descriptions: {
      create:
        'Only this response contains the `secret`. Only keys of the first tenant can have the scope `admin`.',
      list: 'The keys of your own tenant, or of the tenant in `Ringproof-Tenant`. A test key sees only test keys.',
      update: 'An expired key cannot be extended: create a new one.',
      remove: 'Revokes the key; it stops working within a second.',
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
      summary: 'Rotate an API key',
      description:
        'Creates a new key with the same permissions and ends this one after `overlap_seconds`: a day by default, 0 for at once. Until then both keys work, and each can be revoked separately. If a key that rotates itself loses the response, it can repeat the request with the same `Idempotency-Key` for ten minutes.',
      scope: 'admin',
      mayEndKey: true,
      body: RotateKeyInput,
      bodyOptional: true,
      answers: {
        201: {
          description: 'The new key.',
          schema: RotatedKeyView,
          headers: { Location: 'The path of the new key.' },
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
