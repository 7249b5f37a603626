import type { Bed } from '../bed.ts'
import { atLeast, atMost, type Figure, median } from '../figure.ts'
import { expectOnly, measure, nextPhone } from '../load.ts'
import { CODE, deliveredVerifications } from '../seed.ts'

const ROUNDS = 3
const SECONDS = 6

const bareLoad = (bed: Bed, seconds = SECONDS, rate?: number) =>
  measure({
    url: bed.bare.url ?? '',
    path: '/',
    next: () => ({ body: { phone: nextPhone() } }),
    seconds,
    ...(rate ? { rate } : {}),
  })

const startLoad = (bed: Bed, seconds = SECONDS, rate?: number) =>
  measure({
    url: bed.stack.url,
    path: '/v1/verifications',
    headers: { authorization: `Bearer ${bed.stack.testKey}` },
    next: () => ({ body: { phone: nextPhone() } }),
    seconds,
    ...(rate ? { rate } : {}),
  })

/** Complete starts, and confirms with right codes, against a bare route that inserts one row; then the p99 at half the rate. */
export async function requestFigures(bed: Bed): Promise<Figure[]> {
  const bare: number[] = []
  const starts: number[] = []
  const confirms: number[] = []
  await startLoad(bed, 2)
  await bareLoad(bed, 2)
  for (let round = 0; round < ROUNDS; round++) {
    const one = await bareLoad(bed)
    expectOnly(201, one)
    bare.push(one.perSecond)
    const two = await startLoad(bed)
    expectOnly(201, two)
    starts.push(two.perSecond)
    confirms.push(await confirmsPerSecond(bed, Math.ceil(median(bare) * SECONDS * 2)))
  }
  const half = Math.floor(Math.min(median(starts), median(bare)) / 2)
  const bareAtHalf = await bareLoad(bed, SECONDS, half)
  const startAtHalf = await startLoad(bed, SECONDS, half)
  return [
    atLeast('start', 'starts/s', median(starts), median(bare), 1),
    atLeast('confirm', 'confirms/s', median(confirms), median(bare), 1),
    atMost('start-p99', 'ms', startAtHalf.p99, Math.max(1, bareAtHalf.p99), 2),
  ]
}

async function confirmsPerSecond(bed: Bed, count: number): Promise<number> {
  const ids = await deliveredVerifications(bed, count)
  let next = 0
  const measured = await measure({
    url: bed.stack.url,
    path: '/',
    headers: { authorization: `Bearer ${bed.stack.testKey}` },
    next: () => ({ path: `/v1/verifications/${ids[next++ % ids.length]}/confirm`, body: { code: CODE } }),
    seconds: SECONDS,
  })
  expectOnly(200, measured)
  return measured.perSecond
}
