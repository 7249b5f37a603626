import { setTimeout as sleep } from 'node:timers/promises'
import { prepareBed } from '../bed.ts'
import { type Figure, within } from '../figure.ts'
import { usualMiB } from '../memory.ts'
import { scaled } from '../scale.ts'

/** The memory of the two idle processes. */
export async function idleFigures(): Promise<Figure[]> {
  const bed = await prepareBed({ redis: true, workers: 1 })
  try {
    await sleep(scaled(6) * 1000)
    const [api, worker] = await Promise.all([
      usualMiB(bed.stack.pid('api'), scaled(5)),
      usualMiB(bed.stack.pid('worker-1'), scaled(5)),
    ])
    return [within('idle-api', 'MiB', api, 120), within('idle-worker', 'MiB', worker, 120)]
  } finally {
    await bed.close()
  }
}
