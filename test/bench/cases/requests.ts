import { type Child, startChild } from '../../setup/child.ts'
import { type Bed, prepareBed } from '../bed.ts'
import { atLeast, atMost, type Figure, median } from '../figure.ts'
import { expectOnly, measure, nextPhone } from '../load.ts'
import { rememberPostgres } from '../machine.ts'
import { ROUNDS, scaled } from '../scale.ts'
import { CODE, deliveredVerifications } from '../seed.ts'

const SECONDS = scaled(3)
const WARM_UP_SECONDS = scaled(8)
const P99_SECONDS = scaled(2)

const bareLoad = (bare: Child, seconds = SECONDS, rate?: number) =>
  measure({
    url: bare.url ?? '',
    path: '/',
    next: () => ({ body: { phone: nextPhone() } }),
    seconds,
    ...(rate ? { rate } : {}),
  })

export const startLoad = (bed: Bed, seconds = SECONDS, rate?: number) =>
  measure({
    url: bed.stack.url,
    path: '/v1/verifications',
    headers: { authorization: `Bearer ${bed.stack.testKey}` },
    next: () => ({ body: { phone: nextPhone() } }),
    seconds,
    ...(rate ? { rate } : {}),
  })

/**
 * Complete starts, and confirms with right codes, against a bare route that inserts one row; then the p99 at
 * half the rate.
 */
export async function requestFigures(): Promise<Figure[]> {
  const bed = await prepareBed({ redis: true, workers: 0 })
  try {
    await rememberPostgres(bed)
    const env = { PATH: process.env.PATH ?? '', DATABASE_URL: bed.databaseUrl }
    return await compare(bed, await startChild('test/bench/bare.ts', env))
  } finally {
    await bed.close()
  }
}

async function compare(bed: Bed, bareRoute: Child): Promise<Figure[]> {
  const bare: number[] = []
  const starts: number[] = []
  const confirms: number[] = []
  // V8 keeps compiling for this long; afterwards both are up to a third faster.
  await startLoad(bed, WARM_UP_SECONDS)
  await bareLoad(bareRoute, WARM_UP_SECONDS)
  for (let round = 0; round < ROUNDS; round++) {
    const one = await bareLoad(bareRoute)
    expectOnly(201, one)
    bare.push(one.perSecond)
    const two = await startLoad(bed)
    expectOnly(201, two)
    starts.push(two.perSecond)
    confirms.push(await confirmsPerSecond(bed, Math.ceil(median(bare) * SECONDS * 1.5)))
  }
  const half = Math.floor(Math.min(median(starts), median(bare)) / 2)
  const bareP99: number[] = []
  const startP99: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    bareP99.push((await bareLoad(bareRoute, P99_SECONDS, half)).p99)
    startP99.push((await startLoad(bed, P99_SECONDS, half)).p99)
  }
  await bareRoute.stop()
  return [
    atLeast('start', 'starts/s', median(starts), median(bare), 1),
    atLeast('confirm', 'confirms/s', median(confirms), median(bare), 1),
    atMost('start-p99', 'ms', median(startP99), Math.max(1, median(bareP99)), 2),
  ]
}

async function confirmsPerSecond(bed: Bed, count: number): Promise<number> {
  return confirmLoad(bed, await deliveredVerifications(bed, count), bed.stack.testKey, SECONDS)
}

/** Confirms each of these verifications once; there must be enough of them. */
export async function confirmLoad(bed: Bed, ids: string[], key: string, seconds: number): Promise<number> {
  let next = 0
  const measured = await measure({
    url: bed.stack.url,
    path: '/',
    headers: { authorization: `Bearer ${key}` },
    next: () => ({ path: `/v1/verifications/${ids[next++ % ids.length]}/confirm`, body: { code: CODE } }),
    seconds,
  })
  expectOnly(200, measured)
  return measured.perSecond
}
