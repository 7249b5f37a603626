import type { Claim, ClientContext } from '../context.ts'
import type { Db } from '../db/client.ts'
import { type KeptAnswer, sealContext } from './kept-answer.ts'

/**
 * Ends a claim: the answer is kept in the place of the result, or the key is free again where the same request may yet end
 * otherwise. After a failure of ours the result stays, where there is one: the next run answers with it.
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

/** Ends a claim without an answer: what was committed under it stays, and the next run finds it. */
export async function freeKey({ db }: Pick<ClientContext, 'db'>, claim: Claim): Promise<void> {
  await db.sql`update idempotency_keys set running_until = '-infinity' where ${ownRow(db, claim)}`
}

const ownRow = ({ sql }: Db, { tenantId, livemode, key, run }: Claim) => sql`
  tenant_id = ${tenantId} and livemode = ${livemode} and key = ${key} and run = ${run} and answer is null`

function isKept(status: number): boolean {
  return status !== 402 && status !== 409 && status !== 429
}
