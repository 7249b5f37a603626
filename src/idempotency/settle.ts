import type { Claim, ClientContext } from '../context.ts'
import type { Db } from '../db/client.ts'
import { type KeptAnswer, sealContext } from './kept-answer.ts'

/**
 * Ends a claim: keeps the answer in place of the result, or deletes the key if the same request may succeed
 * later (402, 409, 429). After a 5xx, a committed result stays for the next run to answer with.
 */
export async function settleKey(
  { db, actor, secrets }: Pick<ClientContext, 'db' | 'actor' | 'secrets'>,
  claim: Claim,
  answer: KeptAnswer,
): Promise<void> {
  if (answer.status >= 500) return freeKey({ db }, claim)
  const { key } = claim
  const own = ownRow(db, claim)
  if (!isKept(answer.status)) {
    await db.sql`delete from idempotency_keys where ${own}`
    return
  }
  const sealed = secrets.seal(JSON.stringify(answer), sealContext(actor, key))
  await db.sql`update idempotency_keys set answer = ${sealed}, result = null where ${own}`
}

/** Ends a claim without an answer. A committed result stays for the next run. */
export async function freeKey({ db }: Pick<ClientContext, 'db'>, claim: Claim): Promise<void> {
  await db.sql`update idempotency_keys set running_until = '-infinity' where ${ownRow(db, claim)}`
}

const ownRow = ({ sql }: Db, { tenantId, livemode, key, run }: Claim) => sql`
  tenant_id = ${tenantId} and livemode = ${livemode} and key = ${key} and run = ${run} and answer is null`

function isKept(status: number): boolean {
  return status !== 402 && status !== 409 && status !== 429
}
