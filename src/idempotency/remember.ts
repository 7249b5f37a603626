import type { Claim } from '../context.ts'
import { type OrmTx, sqlOf, type Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { Secrets } from '../secrets.ts'
import { sealContext } from './kept-answer.ts'

/** What a transaction did for a request: JSON, secrets included. */
export type Done = { claim: Claim; result: unknown }

/**
 * Stores the result under the request's claim, as the last statement of the transaction that it tells of: the claim is the last
 * lock that is taken. Returns the result. Throws where another run has taken the claim over.
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

/** The same for several requests that share a transaction: the statements to send last. One that fails fails all. */
export function remembers(tx: Tx, secrets: Secrets, done: readonly Done[]): Statement<object[]>[] {
  // In one order everywhere.
  const sorted = [...done].sort((a, b) => (nameOf(a.claim) < nameOf(b.claim) ? -1 : 1))
  return sorted.map(({ claim, result }) => {
    const { tenantId, livemode, key, run } = claim
    const sealed = secrets.seal(JSON.stringify(result), sealContext(claim, key))
    // The commit may be in the same packet, so the statement itself must fail where it finds no row: by a division by zero.
    return tx`
      with kept as (
        update idempotency_keys set result = ${sealed}
        where tenant_id = ${tenantId} and livemode = ${livemode} and key = ${key} and run = ${run} and answer is null
        returning 1)
      select 1 / count(*) from kept`
  })
}

const nameOf = ({ tenantId, livemode, key }: Claim) => `${tenantId} ${livemode} ${key}`
