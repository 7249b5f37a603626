import type { Claim } from '../context.ts'
import { type OrmTx, sqlOf, type Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { Secrets } from '../secrets.ts'
import { sealContext } from './kept-answer.ts'

/** The result of a transaction for a request: JSON, secrets included. */
export type Done = { claim: Claim; result: unknown }

/**
 * Stores the result under the request's claim. Call it last in the transaction: the claim is the last lock.
 * Returns the result. Throws if another run has taken over the claim.
 */
export async function remember<T>(
  { claim, secrets }: { claim?: Claim; secrets: Secrets },
  tx: Tx | OrmTx,
  result: T,
): Promise<T> {
  if (claim)
    await Promise.all(remembers(typeof tx === 'function' ? tx : sqlOf(tx), secrets, [{ claim, result }]))
  return result
}

/**
 * The statements that do so for several requests of one transaction; send them last. If one fails, all fail.
 */
export function remembers(tx: Tx, secrets: Secrets, done: readonly Done[]): Statement<object[]>[] {
  // One lock order everywhere.
  const sorted = [...done].sort((a, b) => (nameOf(a.claim) < nameOf(b.claim) ? -1 : 1))
  return sorted.map(({ claim, result }) => {
    const { tenantId, livemode, key, run } = claim
    const sealed = secrets.seal(JSON.stringify(result), sealContext(claim, key))
    // COMMIT may be in the same packet, so the statement itself must fail without a row: it divides by zero.
    return tx`
      with kept as (
        update idempotency_keys set result = ${sealed}
        where tenant_id = ${tenantId} and livemode = ${livemode} and key = ${key} and run = ${run} and answer is null
        returning 1)
      select 1 / count(*) from kept`
  })
}

const nameOf = ({ tenantId, livemode, key }: Claim) => `${tenantId} ${livemode} ${key}`
