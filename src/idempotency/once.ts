import { randomUUID } from 'node:crypto'
import type { ClientContext } from '../context.ts'
import { isOutage, type OrmTx, sqlOf, type Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import { bareError } from '../process/bare-error.ts'
import type { Secrets } from '../secrets.ts'
import { type Claim, inProgress } from './claim.ts'
import { sealContext } from './kept-answer.ts'

/** What a transaction did for a request: JSON, secrets included. */
export type Done = { claim: Claim; result: unknown }

/**
 * Runs a verb's effect once for its Idempotency-Key, however often the request comes: where an earlier run committed it, that run's
 * result is returned and `run` is not called. `run` commits one transaction that ends with `remember`. Without a key it is just called.
 * Throws 409 where another run took the claim over; nothing was committed then.
 */
export async function once<T>(context: ClientContext, run: () => Promise<T>): Promise<T> {
  const { claim } = context
  if (!claim) return run()
  if (claim.used) throw new Error('a request has one effect')
  claim.used = true
  if (claim.remembered) return claim.remembered.result as T
  try {
    return await run()
  } catch (error) {
    if (isClaimLost(error)) throw inProgress()
    if (!isOutage(error)) throw error
    const found = await recall(context, claim).catch(() => null)
    if (!found) throw error
    return found.result as T
  }
}

/**
 * Stores the result under the request's claim, as the last statement of the transaction that it tells of: the claim is the last
 * lock that is taken. Returns the result. Throws where another run has taken the claim over.
 */
export async function remember<T>(
  { claim, secrets }: Pick<ClientContext, 'claim' | 'secrets'>,
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

const DIVISION_BY_ZERO = '22012'

function isClaimLost(error: unknown): boolean {
  return (bareError(error) as { code?: unknown } | null)?.code === DIVISION_BY_ZERO
}

/**
 * What became of a commit whose answer was lost. The claim gets a new name: that waits for a commit that is still under way, and
 * after it none can come.
 */
async function recall({ db, secrets }: ClientContext, claim: Claim): Promise<{ result: unknown } | null> {
  const { tenantId, livemode, key, run } = claim
  claim.run = randomUUID()
  const [row] = await db.sql<{ result: Buffer | null }[]>`
    update idempotency_keys set run = ${claim.run}
    where tenant_id = ${tenantId} and livemode = ${livemode} and key = ${key} and run = ${run}
    returning result`
  return row?.result ? { result: JSON.parse(secrets.open(row.result, sealContext(claim, key))) } : null
}
