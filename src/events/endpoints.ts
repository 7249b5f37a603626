import { and, eq, sql } from 'drizzle-orm'
import { recordAdministration } from '../audit/administration.ts'
import { author, type ClientContext } from '../context.ts'
import { webhookEndpoints } from '../db/schema/events.ts'
import { AppError } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { administer } from '../resources/administer.ts'
import { publicId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import type { CreateEndpointInput, EndpointView, NewEndpointView, UpdateEndpointInput } from './schemas.ts'
import { newSecret, sealContext } from './secret.ts'
import { originOf, readTarget } from './target.ts'
import type { WebhookType } from './types.ts'

type Row = typeof webhookEndpoints.$inferSelect

/** Every event is written once for each of them. */
const ENDPOINTS_MAX = 20

const resource = administer({
  kind: 'endpoint',
  table: webhookEndpoints,
  visible: ({ tenantId, livemode }) =>
    and(eq(webhookEndpoints.tenantId, tenantId), eq(webhookEndpoints.livemode, livemode)),
  present: presentEndpoint,
  facts: ({ id, ...view }) => ({ endpoint: id, ...audited(view) }),
  audited,
  chainOf: (row) => row.tenantId,
})

/** Path and query of a URL may hold a secret. */
function audited<T extends { url: string }>({ url, ...view }: T) {
  return { ...view, url: originOf(url) }
}

/** Creates an endpoint for the tenant and mode of the caller. Only this answer holds the secret. */
export function createEndpoint(context: ClientContext, input: CreateEndpointInput): Promise<NewEndpointView> {
  const url = readTarget(input.url, context.config)
  return resource.create(context, async (tx, id) => {
    const { tenantId, livemode } = context.actor
    const own = await tx
      .select({ id: webhookEndpoints.id })
      .from(webhookEndpoints)
      .where(
        and(
          eq(webhookEndpoints.tenantId, tenantId),
          eq(webhookEndpoints.livemode, livemode),
          sql`deleted_at is null`,
        ),
      )
      .limit(ENDPOINTS_MAX)
    if (own.length === ENDPOINTS_MAX) {
      throw new AppError('conflict', { detail: say('endpoints_max', { max: ENDPOINTS_MAX }) })
    }
    const secret = newSecret()
    await tx.insert(webhookEndpoints).values({
      id,
      tenantId,
      livemode,
      url,
      eventTypes: input.event_types,
      description: input.description || null,
      enabled: input.enabled,
      secret: context.secrets.seal(secret, sealContext(id)),
    })
    return { answer: { secret } }
  })
}

/** The endpoints of the caller's tenant and mode, newest first. */
export const listEndpoints = resource.list

/** One endpoint. */
export const getEndpoint = resource.get

/** Locks an endpoint. Throws 404 for an unknown one. */
export const lockEndpoint = resource.lock

/**
 * Changes an endpoint. Enabling it forgets its failures and sends what waits; a new URL forgets how long the former
 * one asked us to wait.
 */
export function updateEndpoint(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdateEndpointInput },
): Promise<EndpointView> {
  const { url: given, event_types: eventTypes, description, enabled } = changes
  const url = given === undefined ? undefined : readTarget(given, context.config)
  return resource.update(context, { id }, async (_, found) => ({
    set: {
      url,
      ...(url === undefined || url === found.url ? {} : { resumesAt: null }),
      eventTypes,
      description: description === undefined ? undefined : description || null,
      enabled,
      ...(enabled === undefined ? {} : { disabledReason: null }),
      ...(enabled && !found.enabled ? { failingSince: null, resumesAt: null } : {}),
      updatedAt: sql`now()`,
    },
    noted: { replaced: url !== undefined && url !== found.url ? ['url'] : [] },
  }))
}

/** Deletes an endpoint; what waits for it is not sent any more. */
export const deleteEndpoint = resource.remove

/**
 * Replaces the secret of an endpoint. For another `overlap_seconds`, requests are signed with both. Only this
 * answer holds the secret.
 */
export function rotateSecret(
  context: ClientContext,
  input: { id: string; overlap_seconds: number },
): Promise<NewEndpointView> {
  return once(context, () =>
    context.db.orm.transaction(async (tx) => {
      const found = await resource.lock(tx, context.actor, input.id)
      const secret = newSecret()
      const hasOverlap = input.overlap_seconds > 0
      const until = sql`now() + ${input.overlap_seconds} * interval '1 second'`
      const [row] = await tx
        .update(webhookEndpoints)
        .set({
          secret: context.secrets.seal(secret, sealContext(found.id)),
          formerSecret: hasOverlap ? found.secret : null,
          formerUntil: hasOverlap ? until : null,
          updatedAt: sql`now()`,
        })
        .where(eq(webhookEndpoints.id, found.id))
        .returning()
      if (!row) throw new Error('the locked endpoint is gone')
      const view = presentEndpoint(row)
      await recordAdministration(tx, row.tenantId, author(context), 'endpoint.rotated', {
        endpoint: view.id,
        former_secret_until: view.former_secret_until,
      })
      return remember(context, tx, { ...view, secret })
    }),
  )
}

function presentEndpoint(row: Row): EndpointView {
  return {
    id: publicId('endpoint', row.id),
    url: row.url,
    event_types: row.eventTypes as WebhookType[] | null,
    description: row.description,
    enabled: row.enabled,
    disabled_reason: row.disabledReason,
    failing_since: row.failingSince?.toISOString() ?? null,
    former_secret_until: row.formerUntil?.toISOString() ?? null,
    livemode: row.livemode,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
