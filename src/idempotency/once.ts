import { randomUUID } from 'node:crypto'
import type { Claim, ClientContext } from '../context.ts'
import { isOutage } from '../db/client.ts'
import { withoutQuery } from '../process/without-query.ts'
import { inProgress } from './claim.ts'
import { sealContext } from './kept-answer.ts'

/**
 * Runs a verb's effect once per Idempotency-Key: if an earlier run committed, returns its result without
 * calling `run`. `run` commits one transaction that ends with `remember`. Without a key, just calls `run`.
 * Throws 409, with nothing committed, if another run took over the claim.
 */
export async function once<T>(context: ClientContext, run: () => Promise<T>): Promise<T> {
  const { claim } = context
  if (!claim) return run()
  if (claim.used) throw new Error('a request can run only one effect')
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

const DIVISION_BY_ZERO = '22012'

function isClaimLost(error: unknown): boolean {
  return (withoutQuery(error) as { code?: unknown } | null)?.code === DIVISION_BY_ZERO
}

/**
 * Finds out what became of a commit that got no answer. Renaming the run waits for a commit in progress and
 * keeps any later one from succeeding.
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
