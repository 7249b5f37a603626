import { setTimeout as sleep } from 'node:timers/promises'
import autocannon from 'autocannon'
import { type Bed, prepareBed } from '../bed.ts'
import { startMeter } from '../cpu.ts'
import { atLeast, atMost, type Figure, type Sample } from '../figure.ts'
import { expectOnly, nextPhone } from '../load.ts'
import { ROUNDS, scaled } from '../scale.ts'
import { startLoad } from './requests.ts'

const SECONDS = scaled(2)
/** The requests that the API admits at a time. */
const FULL = 256
/** Enough for three times the rate, however late answers come. */
const CROWD = 1000

type Asked = { connections: number; rate?: number }

/**
 * Three times the maximum rate of starts: accepted ones wait no longer than at the maximum, and are not many
 * fewer.
 */
export async function overloadFigures(): Promise<Figure[]> {
  const bed = await prepareBed({ redis: true, workers: 0 })
  try {
    await startLoad(bed, 2)
    const [rates, waits]: [Sample[], Sample[]] = [[], []]
    const [overRates, overWaits]: [Sample[], Sample[]] = [[], []]
    let note = ''
    for (let round = 0; round < ROUNDS; round++) {
      const full = await accepted(bed, { connections: FULL })
      rates.push(full.rate)
      waits.push(full.wait)
      const over = await accepted(bed, { connections: CROWD, rate: Math.ceil(full.rate.value * 3) })
      overRates.push(over.rate)
      overWaits.push(over.wait)
      note = `${Math.round(over.offered)}/s were offered, refused within ${Math.round(over.refusedP99)} ms (p99)`
      // After Retry-After, a feasible rate is accepted in full.
      await sleep(1000)
      expectOnly(201, await startLoad(bed, 1, Math.ceil(full.rate.value / 2)))
    }
    return [
      { ...atMost('overload', 'ms', overWaits, waits, 2), note },
      { ...atLeast('overload-accepted', 'starts/s', overRates, rates, 0.7), note },
    ]
  } finally {
    await bed.close()
  }
}

/** The accepted starts and their latency; refused ones are only counted, and their processor time added. */
async function accepted(bed: Bed, { connections, rate }: Asked) {
  const times: number[] = []
  const refusals: number[] = []
  const others = new Set<number>()
  const meter = startMeter(bed.processes)
  const { errors } = await autocannon({
    url: bed.stack.url,
    connections,
    setupClient(client) {
      client.on('response', (status, _bytes, milliseconds) => {
        if (status === 201) times.push(milliseconds)
        else if (status === 503) refusals.push(milliseconds)
        else others.add(status)
      })
    },
    duration: SECONDS,
    ...(rate ? { overallRate: rate } : {}),
    requests: [
      {
        method: 'POST',
        path: '/v1/verifications',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${bed.stack.testKey}` },
        setupRequest: (request) => ({ ...request, body: JSON.stringify({ phone: nextPhone() }) }),
      },
    ],
  })
  if (errors > 0 || others.size > 0) throw new Error(`${errors} errors, and ${[...others].join(', ')}`)
  const cpu = meter(times.length)
  return {
    rate: { value: times.length / SECONDS, cpu },
    wait: { value: Math.max(1, p99Of(times)), cpu },
    refusedP99: p99Of(refusals),
    offered: (times.length + refusals.length) / SECONDS,
  }
}

function p99Of(times: number[]): number {
  times.sort((a, b) => a - b)
  return times[Math.floor(times.length * 0.99)] ?? Number.POSITIVE_INFINITY
}
