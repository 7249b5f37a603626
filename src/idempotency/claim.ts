import { randomUUID } from 'node:crypto'
import type { Claim, ClientContext } from '../context.ts'
import { AppError, invalid } from '../errors.ts'
import { say } from '../words/text.ts'
import { KEPT_HOURS, type KeptAnswer, LEASE_SECONDS, sealContext } from './kept-answer.ts'

/** What to do with a keyed request: run it and settle the claim, or replay the first answer. */
export type Claimed = { kind: 'run'; claim: Claim } | { kind: 'replay'; answer: KeptAnswer }

const FORM = /^[\x20-\x7e]{1,255}$/

/**
 * Claims an Idempotency-Key. `request`: everything that a repeated request must send again. `keptSeconds`: how long
 * a result is kept, from the first run on; a day by default. Of racing
 * requests, one runs. Waits for a transaction that is committing under the claim. Throws 409 while another
 * run holds the claim, and 422 for a malformed key or a different request.
 */
export async function claimKey(
  { db, actor, secrets }: ClientContext,
  input: { key: string; request: string; keptSeconds?: number },
): Promise<Claimed> {
  if (!FORM.test(input.key)) throw invalid('Idempotency-Key', 'idempotency_key')
  const { request, keptSeconds = KEPT_HOURS * 3600 } = input
  // Holders of client tokens share keys neither with each other nor with the tenant's back end.
  const key = actor.type === 'client' ? `${actor.verificationId} ${input.key}` : input.key
  const { tenantId, livemode } = actor
  const fingerprints = secrets.fingerprints(request)
  const open = (sealed: Buffer) => JSON.parse(secrets.open(sealed, sealContext(actor, key)))
  const run = randomUUID()
  const tooOld = db.sql`k.created_at < statement_timestamp() - ${keptSeconds} * interval '1 second'`

  // If the key is freed between the two statements, claim it in the next round.
  for (;;) {
    const [claimed] = await db.sql<{ result: Buffer | null }[]>`
      insert into idempotency_keys as k (tenant_id, livemode, key, fingerprint, run, running_until, created_at)
      values (${tenantId}, ${livemode}, ${key}, ${fingerprints[0] as Buffer}, ${run},
        clock_timestamp() + ${LEASE_SECONDS} * interval '1 second', clock_timestamp())
      on conflict (tenant_id, livemode, key) do update
        set fingerprint = excluded.fingerprint, run = excluded.run, running_until = excluded.running_until,
          created_at = case when ${tooOld} or k.result is null then excluded.created_at else k.created_at end,
          answer = null, result = case when ${tooOld} then null else k.result end
        where ${tooOld} or (k.answer is null and k.running_until < clock_timestamp()
          and (k.result is null or k.fingerprint = any(${fingerprints}::bytea[])))
      returning result`
    if (claimed) {
      const remembered = claimed.result && { result: open(claimed.result) }
      return { kind: 'run', claim: { tenantId, livemode, key, run, remembered, used: false } }
    }
    const [known] = await db.sql<{ fingerprint: Buffer; answer: Buffer | null }[]>`
      select fingerprint, answer from idempotency_keys
      where tenant_id = ${tenantId} and livemode = ${livemode} and key = ${key}`
    if (!known) continue
    if (!fingerprints.some((own) => own.equals(known.fingerprint))) throw mismatch()
    if (!known.answer) throw inProgress()
    return { kind: 'replay', answer: open(known.answer) as KeptAnswer }
  }
}

function mismatch(): AppError {
  return new AppError('idempotency_mismatch', {
    detail: say('idempotency_reused'),
  })
}

/** 409: another run of the request holds its claim. */
export function inProgress(): AppError {
  return new AppError('idempotency_in_progress', { retryAfterSeconds: 1 })
}
