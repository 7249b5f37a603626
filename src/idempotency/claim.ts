import type { ClientContext } from '../context.ts'
import { AppError, invalid } from '../errors.ts'
import { newId } from '../ids.ts'
import { KEPT_HOURS, type KeptAnswer, RUNNING_SECONDS, sealContext } from './kept-answer.ts'

/** What a request with an Idempotency-Key has to do: run and then settle the claim, or give the first answer again. */
export type Claim = { kind: 'run'; claim: RunningClaim } | { kind: 'replay'; answer: KeptAnswer }

/**
 * `runningUntil` names this run: a late one cannot settle the claim of the next. `resourceId`: what the request makes has
 * this id, in every run of the same request that had no answer.
 */
export type RunningClaim = { key: string; runningUntil: Date; resourceId: string }

const FORM = /^[\x20-\x7e]{1,255}$/

/**
 * Claims an Idempotency-Key for a request; `request` is everything that must be the same in a repetition. Of requests that race
 * each other one runs. Throws 409 while it does, and 422 for a malformed key or another request.
 */
export async function claimKey(
  { db, actor, secrets }: ClientContext,
  { key, request }: { key: string; request: string },
): Promise<Claim> {
  if (!FORM.test(key)) throw invalid('Idempotency-Key', 'must have 1 to 255 printable ASCII characters')
  const { tenantId, livemode } = actor
  const fingerprints = secrets.fingerprints(request)

  // A key can be given free between the two statements; it is free to be claimed then.
  for (;;) {
    const [claimed] = await db.sql<Omit<RunningClaim, 'key'>[]>`
      insert into idempotency_keys as k (tenant_id, livemode, key, fingerprint, running_until, resource_id, created_at)
      values (${tenantId}, ${livemode}, ${key}, ${fingerprints[0] as Buffer}, clock_timestamp() + ${RUNNING_SECONDS} * interval '1 second',
        ${newId()}, clock_timestamp())
      on conflict (tenant_id, livemode, key) do update
        set fingerprint = excluded.fingerprint, answer = null, running_until = excluded.running_until,
          created_at = excluded.created_at,
          resource_id = case when k.answer is null and k.fingerprint = any(${fingerprints}::bytea[])
            then k.resource_id else excluded.resource_id end
        where (k.answer is null and k.running_until < clock_timestamp())
          or k.created_at < clock_timestamp() - ${KEPT_HOURS} * interval '1 hour'
      returning running_until, resource_id`
    if (claimed) return { kind: 'run', claim: { key, ...claimed } }
    const [known] = await db.sql<{ fingerprint: Buffer; answer: Buffer | null }[]>`
      select fingerprint, answer from idempotency_keys
      where tenant_id = ${tenantId} and livemode = ${livemode} and key = ${key}`
    if (!known) continue
    if (!fingerprints.some((own) => own.equals(known.fingerprint))) throw mismatch()
    if (!known.answer) throw inProgress()
    const opened = secrets.open(known.answer, sealContext(actor, key))
    return { kind: 'replay', answer: JSON.parse(opened) as KeptAnswer }
  }
}

function mismatch(): AppError {
  return new AppError('idempotency_mismatch', {
    detail: 'Use a new Idempotency-Key for every new request; repeat one only with the same path and body.',
  })
}

function inProgress(): AppError {
  return new AppError('idempotency_in_progress', { retryAfterSeconds: 1 })
}
