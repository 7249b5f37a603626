import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim, ClientContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { claimKey } from './claim.ts'
import type { Leases } from './lease.ts'
import { freeKey } from './settle.ts'

const POLL_MS = 100
const POLLS_MAX = 50

/**
 * Runs a verb's effect once for equal requests: a repeat waits for the run in progress and gets its result, in
 * whatever process. The stored result is the verb's, not an answer. `keptSeconds`: as of `claimKey`. Throws 409
 * if the run in progress takes more than five seconds.
 */
export async function runInTurn<C extends ClientContext, T>(
  leases: Leases,
  context: C,
  request: { key: string; request: string; keptSeconds?: number },
  run: (context: C & { claim: Claim }) => Promise<T>,
): Promise<T> {
  const claim = await claimInTurn(context, request)
  return leases.during(claim, async () => {
    try {
      return await run({ ...context, claim })
    } finally {
      await freeKey(context, claim).catch(() => {})
    }
  })
}

async function claimInTurn(
  context: ClientContext,
  request: { key: string; request: string; keptSeconds?: number },
): Promise<Claim> {
  for (let polls = 1; ; polls++) {
    try {
      const claimed = await claimKey(context, request)
      if (claimed.kind === 'run') return claimed.claim
      throw new Error('a key without answers holds one')
    } catch (error) {
      const isHeld = error instanceof AppError && error.code === 'idempotency_in_progress'
      if (!isHeld || polls === POLLS_MAX) throw error
      await sleep(POLL_MS)
    }
  }
}
