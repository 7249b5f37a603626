import { readFileSync } from 'node:fs'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client'

/** Every metric of the process, with Prometheus names and units. */
export const registry = new Registry()

// The client cannot leave out event loop utilization, and its timer would wake every process ten times a
// second.
const NEVER_MS = 2 ** 31 - 1
collectDefaultMetrics({ register: registry, eventLoopUtilizationTimeout: NEVER_MS })
registry.removeSingleMetric('nodejs_eventloop_utilization_summary')
registry.removeSingleMetric('nodejs_eventloop_utilization_histogram')

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
new Gauge({
  name: 'ringproof_build_info',
  help: 'Always 1; the labels name the versions of Ringproof and Node.',
  labelNames: ['version', 'node'],
  registers: [registry],
}).set({ version, node: process.versions.node }, 1)

const requests = new Histogram({
  name: 'ringproof_http_request_duration_seconds',
  help: 'Time from request to answer.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [registry],
})

/** Wrong API keys. A rising count means guessing, or a client missed in a rotation. */
export const wrongKeys = new Counter({
  name: 'ringproof_wrong_api_keys_total',
  help: 'Requests with an API key that is unknown, expired or revoked.',
  registers: [registry],
})

/** Answers replayed for an Idempotency-Key. */
export const replayedAnswers = new Counter({
  name: 'ringproof_replayed_answers_total',
  help: 'Requests that received the stored answer for their Idempotency-Key.',
  registers: [registry],
})

/** Not part of the histogram: shed requests are neither timed nor logged. */
export const shedRequests = new Counter({
  name: 'ringproof_shed_requests_total',
  help: 'Requests refused at once because too many were in progress.',
  registers: [registry],
})

/**
 * Finds the series of a metric by its label values and keeps what `find` returned, so that counting costs a
 * look-up. For labels with few values only.
 */
export function seriesBy<S>(find: (...values: string[]) => S): (...values: string[]) => S {
  const known = new Map<string, S>()
  return (...values) => {
    const key = values.join(' ')
    let series = known.get(key)
    if (series === undefined) {
      series = find(...values)
      known.set(key, series)
    }
    return series
  }
}

type Observer = { observe(seconds: number): void }
const observers = new Map<string, Observer>()
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PUT'])

/** Counts a request under its route's pattern, never its path, which bounds the number of series. */
export function observeRequest(method: string, route: string | null, status: number, seconds: number): void {
  const name = `${method} ${route} ${status}`
  let observer = observers.get(name)
  if (!observer) {
    // A client may send any word as the method.
    const labels = { method: METHODS.has(method) ? method : 'other', route: route ?? 'none', status }
    observer = requests.labels(labels)
    if (METHODS.has(method)) observers.set(name, observer)
  }
  observer.observe(seconds)
}

/** Reads once for all metrics of a scrape: simultaneous callers share the result. */
export function oncePerScrape<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | null = null
  return () => {
    reading ??= read().finally(() => {
      reading = null
    })
    return reading
  }
}

/** How long a scrape waits for a figure. */
const READ_LIMIT_MS = 3000

/** A figure from the database or the queue, read when metrics are scraped; absent while `read` fails or hangs. */
export function gauge(
  name: string,
  help: string,
  read: (own: Gauge<string>) => Promise<void>,
  labelNames: string[] = [],
): void {
  // With several applications in one process, the newest reports.
  registry.removeSingleMetric(name)
  new Gauge<string>({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      this.reset()
      // A new gauge without labels would report 0, which may be false.
      if (labelNames.length === 0) this.remove()
      // Redis, when it is down, lets a command wait until it is back.
      const late = new Promise<void>((resolve) => setTimeout(resolve, READ_LIMIT_MS).unref())
      await Promise.race([read(this).catch(() => {}), late])
    },
  })
}
