import { randomBytes, randomUUID } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import type { ClientContext } from '../context.ts'
import { compatCredentials, type Facade } from '../db/schema/compat.ts'
import { AppError } from '../errors.ts'
import { administer } from '../resources/administer.ts'
import { publicId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import type { CompatSecrets, CompatView, CreateCompatInput } from './compat-schemas.ts'
import { hashKey } from './key-secret.ts'

type Row = typeof compatCredentials.$inferSelect

const resource = administer({
  kind: 'compat',
  table: compatCredentials,
  // They act for one tenant, as its policy does. A test key sees no live ones.
  visible: ({ tenantId, livemode }) =>
    and(
      eq(compatCredentials.tenantId, tenantId),
      livemode ? undefined : eq(compatCredentials.livemode, false),
    ),
  present: presentCompat,
  facts: ({ id, facade, name, livemode }) => ({ compat: id, facade, name, livemode }),
  chainOf: (row) => row.tenantId,
  removal: 'revoked',
})

/**
 * Creates a credential for the tenant that the caller acts for. Only this answer holds its secrets. Throws 403
 * for a live one by a test key.
 */
export function createCompat(
  context: ClientContext,
  input: CreateCompatInput,
): Promise<CompatView & CompatSecrets> {
  return resource.create(context, async (tx, id) => {
    const { actor, secrets } = context
    const { facade, name, livemode = actor.livemode } = input
    if (livemode && !actor.livemode) {
      throw new AppError('insufficient_scope', { detail: say('live_credential_by_test_key') })
    }
    const answer = newSecrets(facade)
    const shown = 'token' in answer ? answer.token : answer.access_key
    await tx.insert(compatCredentials).values({
      id,
      tenantId: actor.tenantId,
      livemode,
      facade,
      name,
      hash: hashKey(shown),
      hint: shown.slice(-4),
      sealedSignKey: 'sign_key' in answer ? secrets.seal(answer.sign_key, signKeyContext(id)) : null,
    })
    return { answer }
  })
}

/** The credentials of the tenant that the caller acts for, newest first. */
export const listCompats = resource.list

/** One credential of the tenant. */
export const getCompat = resource.get

/** Revokes a credential for good. It stops working within a second in every process. */
export const revokeCompat = resource.remove

/** Binds a sealed sign key to its credential. */
export const signKeyContext = (id: string): string => `compat ${id}`

/** In the form that the operator gives its clients. */
function newSecrets(facade: Facade): CompatSecrets {
  if (facade === 'telefon-ip') return { token: randomUUID() }
  return { access_key: randomBytes(24).toString('hex'), sign_key: randomBytes(24).toString('hex') }
}

function presentCompat(row: Row): CompatView {
  return {
    id: publicId('compat', row.id),
    tenant: publicId('tenant', row.tenantId),
    facade: row.facade,
    name: row.name,
    hint: row.hint,
    livemode: row.livemode,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  }
}
