import { rotateKey } from '../access/key-rotate.ts'
import { createKey, listKeys, revokeKey } from '../access/keys.ts'
import { CreateKeyInput, RotateKeyInput } from '../access/schemas.ts'
import { validate } from '../input/validate.ts'
import { PAGE_MAX } from '../values/pages.ts'
import { type Noun, readArgs, TENANT, UsageError } from './noun.ts'
import { everyPage } from './tenant.ts'

export const keyNoun: Noun = {
  create: {
    usage:
      '--name <text> --scopes verify,read,billing,admin [--live] [--tenant ten_…] [--network 10.0.0.0/8]… [--expires 2027-01-01T00:00:00Z]',
    says: 'Makes a key, a test key without --live: only live keys with admin administer. Its secret is shown now, and never again.',
    async run(installation, args) {
      const { values } = readArgs(args, {
        ...TENANT,
        name: { type: 'string' },
        scopes: { type: 'string' },
        live: { type: 'boolean' },
        network: { type: 'string', multiple: true },
        expires: { type: 'string' },
      })
      const given = {
        name: values.name,
        scopes: values.scopes?.split(',').map((scope) => scope.trim()),
        livemode: values.live ?? false,
        allowed_networks: values.network,
        expires_at: values.expires,
      }
      const input = validate(CreateKeyInput, given, 'body')
      return createKey(await installation.as(values.tenant), input)
    },
  },
  list: {
    usage: '[--tenant ten_…]',
    says: 'The keys of a tenant, newest first.',
    async run(installation, args) {
      const { values } = readArgs(args, TENANT)
      const context = await installation.as(values.tenant)
      return everyPage((cursor) => listKeys(context, { limit: PAGE_MAX, cursor }))
    },
  },
  revoke: {
    usage: '<key_…>',
    says: 'Ends a key for good, in every process within a second.',
    async run(installation, args) {
      const { positionals } = readArgs(args, {}, 1)
      const [id = ''] = positionals
      await revokeKey(await installation.as(), { id })
      return { id, revoked: true }
    },
  },
  rotate: {
    usage: '<key_…> [--overlap <seconds>]',
    says: 'Replaces a key. The new secret is shown now, and never again; the old one works for the overlap, a day by default.',
    async run(installation, args) {
      const { values, positionals } = readArgs(args, { overlap: { type: 'string' } }, 1)
      const overlap_seconds = values.overlap === undefined ? undefined : readSeconds(values.overlap)
      const input = validate(RotateKeyInput, { overlap_seconds }, 'body')
      return rotateKey(await installation.as(), { id: positionals[0] ?? '', ...input })
    },
  },
}

/** An empty text, a shell's unset variable, must not end the old key at once. */
function readSeconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError('--overlap must be a whole number of seconds, e.g. 3600')
  return Number(text)
}
