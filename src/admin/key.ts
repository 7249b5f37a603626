import { rotateKey } from '../access/key-rotate.ts'
import { createKey, getKey, listKeys, revokeKey, updateKey } from '../access/keys.ts'
import { CreateKeyInput, RotateKeyInput, UpdateKeyInput } from '../access/schemas.ts'
import { validate } from '../input/validate.ts'
import { PAGE_MAX } from '../values/pages.ts'
import { command, type Noun, TENANT, UsageError } from './command.ts'
import { everyPage } from './resource.ts'

export const keyNoun: Noun = {
  create: command({
    says: 'Creates a key. Its secret is shown only now.',
    options: {
      name: { type: 'string', value: '<text>', required: true, says: 'What the list of keys calls it.' },
      scopes: { type: 'string', value: 'verify,read,billing,admin', required: true, says: 'What it may do.' },
      live: {
        type: 'boolean',
        says: 'Creates a live key, which places real calls and, with admin, changes settings. A test key by default.',
      },
      ...TENANT,
      network: { type: 'string', value: '10.0.0.0/8', multiple: true, says: 'Where it may be used from.' },
      expires: { type: 'string', value: '<time>', says: 'When it ends, e.g. 2027-01-01T00:00:00Z.' },
    },
    async run(installation, { name, scopes, live, tenant, network, expires }) {
      const given = {
        name,
        scopes: scopes?.split(',').map((scope) => scope.trim()),
        livemode: live ?? false,
        allowed_networks: network,
        expires_at: expires,
      }
      const input = validate(CreateKeyInput, given, 'body')
      return createKey(await installation.as(tenant), input)
    },
  }),
  list: command({
    says: 'Lists the keys of a tenant, newest first.',
    options: TENANT,
    async run(installation, { tenant }) {
      const context = await installation.as(tenant)
      return everyPage((cursor) => listKeys(context, { limit: PAGE_MAX, cursor }))
    },
  }),
  show: command({
    says: 'Shows a key, without its secret.',
    words: ['<key_…>'],
    run: async (installation, _, [id = '']) => getKey(await installation.as(), { id }),
  }),
  update: command({
    says: 'Changes a key: only what is given.',
    words: ['<key_…>'],
    options: {
      name: { type: 'string', value: '<text>', says: 'What the list of keys calls it.' },
      network: {
        type: 'string',
        value: '10.0.0.0/8',
        multiple: true,
        says: 'Where it may be used from, instead of before.',
      },
      expires: { type: 'string', value: '<time>', says: 'When it ends; null: never.' },
    },
    async run(installation, { name, network, expires }, [id = '']) {
      const given = { name, allowed_networks: network, expires_at: expires === 'null' ? null : expires }
      const changes = validate(UpdateKeyInput, given, 'body')
      return updateKey(await installation.as(), { id, changes })
    },
  }),
  revoke: command({
    says: 'Revokes a key for good, in every process within a second.',
    words: ['<key_…>'],
    async run(installation, _, [id = '']) {
      await revokeKey(await installation.as(), { id })
      return { id, revoked: true }
    },
  }),
  rotate: command({
    says: 'Replaces a key. The new secret is shown only now.',
    words: ['<key_…>'],
    options: {
      overlap: {
        type: 'string',
        value: '<seconds>',
        says: 'How long the old secret still works; a day by default.',
      },
    },
    async run(installation, { overlap }, [id = '']) {
      const overlap_seconds = overlap === undefined ? undefined : readSeconds(overlap)
      const input = validate(RotateKeyInput, { overlap_seconds }, 'body')
      return rotateKey(await installation.as(), { id, ...input })
    },
  }),
}

/** Rejects an empty text: an unset shell variable must not end the old key at once. */
function readSeconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError('--overlap must be a whole number of seconds, e.g. 3600')
  return Number(text)
}
