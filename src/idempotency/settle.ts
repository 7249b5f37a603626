import type { ClientContext } from '../context.ts'
import type { RunningClaim } from './claim.ts'
import { type KeptAnswer, sealContext } from './kept-answer.ts'

/**
 * Ends a claim: the answer is kept, or the key is free again where the same request may yet end otherwise. After a failure
 * of ours nobody knows what was done: the next run must find it.
 */
export async function settleKey(
  { db, actor, secrets }: ClientContext,
  { key, runningUntil }: RunningClaim,
  answer: KeptAnswer,
): Promise<void> {
  const { tenantId, livemode } = actor
  const own = db.sql`
    tenant_id = ${tenantId} and livemode = ${livemode} and key = ${key} and answer is null
    and running_until = ${runningUntil.toISOString()}`
  if (answer.status >= 500) {
    await db.sql`update idempotency_keys set running_until = '-infinity' where ${own}`
    return
  }
  if (!isKept(answer.status)) {
    await db.sql`delete from idempotency_keys where ${own}`
    return
  }
  const sealed = secrets.seal(JSON.stringify(answer), sealContext(actor, key))
  await db.sql`update idempotency_keys set answer = ${sealed} where ${own}`
}

function isKept(status: number): boolean {
  return status !== 402 && status !== 409 && status !== 429
}
