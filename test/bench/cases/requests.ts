import { type Child, startChild } from '../../setup/child.ts'
import { type Bed, prepareBed } from '../bed.ts'
import { atLeast, atMost, type Figure, medianOf, reference, type Sample } from '../figure.ts'
import { expectOnly, type Measured, measure, nextPhone, p99Of, rateOf } from '../load.ts'
import { ROUNDS, scaled } from '../scale.ts'
import { CODE, deliveredVerifications } from '../seed.ts'

const SECONDS = scaled(3)
const WARM_UP_SECONDS = scaled(8)
const P99_SECONDS = scaled(2)

/** The same request as a start, to a route in a process of its own. */
const routeLoad = (bed: Bed, route: Child, seconds = SECONDS, rate?: number) =>
  measure({
    url: route.url ?? '',
    path: '/',
    headers: asTest(bed),
    next: () => ({ body: { phone: nextPhone() } }),
    processes: { ...bed.processes, api: [route.pid] },
    seconds,
    ...(rate ? { rate } : {}),
  })

export const startLoad = (bed: Bed, seconds = SECONDS, rate?: number) =>
  measure({
    url: bed.stack.url,
    path: '/v1/verifications',
    headers: asTest(bed),
    next: () => ({ body: { phone: nextPhone() } }),
    processes: bed.processes,
    seconds,
    ...(rate ? { rate } : {}),
  })

const asTest = ({ stack }: Bed) => ({ authorization: `Bearer ${stack.testKey}` })

/**
 * Complete starts, and confirms with right codes, against a bare route that inserts one row; then the p99 at
 * half the rate. `hello` shows what the load generator and any request cost.
 */
export async function requestFigures(): Promise<Figure[]> {
  const bed = await prepareBed({ redis: true, workers: 0 })
  const routes: Child[] = []
  try {
    const { status, text } = await bed.stack.request('POST', '/v1/verifications', {
      body: { phone: nextPhone() },
    })
    if (status !== 201) throw new Error(`not started: ${status} ${text}`)
    const env = { PATH: process.env.PATH ?? '' }
    const bare = await startChild('test/bench/bare.ts', { ...env, DATABASE_URL: bed.databaseUrl })
    const hello = await startChild('test/bench/hello.ts', { ...env, BODY: text })
    routes.push(bare, hello)
    return await compare(bed, bare, hello)
  } finally {
    for (const route of routes) await route.stop()
    await bed.close()
  }
}

async function compare(bed: Bed, bareRoute: Child, helloRoute: Child): Promise<Figure[]> {
  const [bare, hellos, starts, confirms]: [Sample[], Sample[], Sample[], Sample[]] = [[], [], [], []]
  // V8 keeps compiling for this long; afterwards both are up to a third faster.
  await startLoad(bed, WARM_UP_SECONDS)
  await routeLoad(bed, bareRoute, WARM_UP_SECONDS)
  await routeLoad(bed, helloRoute, SECONDS)
  for (let round = 0; round < ROUNDS; round++) {
    hellos.push(rateOf(expectOnly(201, await routeLoad(bed, helloRoute))))
    bare.push(rateOf(expectOnly(201, await routeLoad(bed, bareRoute))))
    starts.push(rateOf(expectOnly(201, await startLoad(bed))))
    const ids = await deliveredVerifications(bed, Math.ceil(medianOf(bare) * SECONDS * 1.5))
    confirms.push(rateOf(await confirmLoad(bed, ids, bed.stack.testKey, SECONDS)))
  }
  const half = Math.floor(Math.min(medianOf(starts), medianOf(bare)) / 2)
  const [bareP99, startP99]: [Sample[], Sample[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    bareP99.push(p99Of(expectOnly(201, await routeLoad(bed, bareRoute, P99_SECONDS, half))))
    startP99.push(p99Of(expectOnly(201, await startLoad(bed, P99_SECONDS, half))))
  }
  return [
    atLeast('start', 'starts/s', starts, bare, 0.75),
    atLeast('confirm', 'confirms/s', confirms, bare, 0.75),
    atMost('start-p99', 'ms', startP99, bareP99, 1.5),
    reference('hello', 'answers/s', hellos),
  ]
}

/** Confirms each of these verifications once; there must be enough of them. */
export async function confirmLoad(bed: Bed, ids: string[], key: string, seconds: number): Promise<Measured> {
  let next = 0
  const measured = await measure({
    url: bed.stack.url,
    path: '/',
    headers: { authorization: `Bearer ${key}` },
    next: () => ({ path: `/v1/verifications/${ids[next++ % ids.length]}/confirm`, body: { code: CODE } }),
    processes: bed.processes,
    seconds,
  })
  return expectOnly(200, measured)
}
