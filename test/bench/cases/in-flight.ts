import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../setup/wait.ts'
import { prepareBed } from '../bed.ts'
import { type Figure, within } from '../figure.ts'
import { openLiveOperator } from '../live.ts'
import { nextPhone } from '../load.ts'
import { usualMiB } from '../memory.ts'
import { scaled } from '../scale.ts'

const CALLS = scaled(5000)
const AT_ONCE = 50

/** A worker's memory for placed calls that it polls until they end. */
export async function inFlightFigures(): Promise<Figure[]> {
  const bed = await prepareBed({ redis: true, workers: 1 })
  const operator = await openLiveOperator(bed)
  try {
    const { stack, app } = bed
    await sleep(scaled(6) * 1000)
    const idle = await usualMiB(stack.pid('worker-1'), scaled(5))
    operator.neverEnd()
    for (let started = 0; started < CALLS; started += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => start(nextPhone())))
    }
    const placed = async () => {
      const [row] = await app.db.sql<{ calls: number }[]>`
        select count(*)::int as calls from attempts where status = 'placed'`
      return row?.calls ?? 0
    }
    await waitFor(async () => (await placed()) >= CALLS, { timeoutMs: 60_000, what: 'every call to be out' })
    const busy = await usualMiB(stack.pid('worker-1'), scaled(6))
    const calls = await placed()
    if (calls < CALLS) throw new Error(`only ${calls} calls were still in flight at the end`)
    return [within('in-flight', 'MiB', busy - idle, 80, idle)]

    async function start(phone: string): Promise<void> {
      const answer = await stack.request('POST', '/v1/verifications', {
        key: stack.adminKey,
        body: { phone },
      })
      if (answer.status !== 201) throw new Error(`not started: ${answer.text}`)
    }
  } finally {
    await bed.close()
    await operator.close()
  }
}
