import autocannon from 'autocannon'
import { type Cpu, type Processes, startMeter } from './cpu.ts'
import type { Sample } from './figure.ts'

export type Load = {
  url: string
  path: string
  /** POST by default. */
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  /** Builds the next request. */
  next: () => { path?: string; body?: unknown }
  connections?: number
  seconds: number
  /** Requests a second over all connections; absent: as many as possible. */
  rate?: number
  /** Whose processor time counts. */
  processes: Processes
}

export type Measured = {
  perSecond: number
  /** Milliseconds per answer. */
  cpu: Cpu
  p50: number
  p99: number
  statuses: Record<string, number>
  errors: number
}

/** Loads one route over loopback for some seconds. */
export async function measure(load: Load): Promise<Measured> {
  const { url, path, method = 'POST', headers = {}, next, connections = 64, seconds, rate, processes } = load
  const meter = startMeter(processes)
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    ...(rate ? { overallRate: rate } : {}),
    requests: [
      {
        method,
        path,
        headers: { ...(method === 'POST' ? { 'content-type': 'application/json' } : {}), ...headers },
        setupRequest(request) {
          const { path: own, body } = next()
          return {
            ...request,
            ...(own ? { path: own } : {}),
            ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
          }
        },
      },
    ],
  })
  const cpu = meter(result.requests.total)
  const statuses = Object.fromEntries(
    Object.entries(result.statusCodeStats ?? {}).map(([code, { count }]) => [code, count ?? 0]),
  )
  return {
    perSecond: result.requests.average,
    cpu,
    p50: result.latency.p50,
    p99: result.latency.p99,
    statuses,
    errors: result.errors,
  }
}

export const rateOf = ({ perSecond, cpu }: Measured): Sample => ({ value: perSecond, cpu })

/** The p99 in milliseconds, at least 1: autocannon knows no fractions. */
export const p99Of = ({ p99, cpu }: Measured): Sample => ({ value: Math.max(1, p99), cpu })

/** Throws unless every answer has the expected status: a rate of refusals is no figure. */
export function expectOnly(status: number, measured: Measured): Measured {
  const { statuses, errors } = measured
  const others = Object.entries(statuses).filter(([code]) => Number(code) !== status)
  if (errors > 0 || others.length > 0) {
    throw new Error(`not only ${status}: ${JSON.stringify(statuses)}, ${errors} errors`)
  }
  return measured
}

let counter = 0

/** New phones over 100,000 number ranges. */
export function nextPhone(): string {
  counter += 1
  const range = (counter * 7919) % 100_000
  const rest = Math.floor(counter / 100_000)
  return `+792${String(range).padStart(5, '0')}${String(rest).padStart(3, '0')}`
}
