import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client'

/** Every metric of the process, in the names and units of Prometheus. */
export const registry = new Registry()

// The client cannot be told to leave the event loop's utilization out: its timer would wake every process ten times a second.
const NEVER_MS = 2 ** 31 - 1
collectDefaultMetrics({ register: registry, eventLoopUtilizationTimeout: NEVER_MS })
registry.removeSingleMetric('nodejs_eventloop_utilization_summary')
registry.removeSingleMetric('nodejs_eventloop_utilization_histogram')

const requests = new Histogram({
  name: 'ringproof_http_request_duration_seconds',
  help: 'Time from the request to its answer.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [registry],
})

/** Wrong API keys; a rising number is somebody guessing, or a client that was forgotten in a rotation. */
export const wrongKeys = new Counter({
  name: 'ringproof_wrong_api_keys_total',
  help: 'Requests with an API key that is unknown, expired or revoked.',
  registers: [registry],
})

/** Answers that an Idempotency-Key brought back. */
export const replayedAnswers = new Counter({
  name: 'ringproof_replayed_answers_total',
  help: 'Requests that were answered with the first answer to their Idempotency-Key.',
  registers: [registry],
})

/** Not among the requests of the histogram: they are neither timed nor logged. */
export const shedRequests = new Counter({
  name: 'ringproof_shed_requests_total',
  help: 'Requests that were refused at once because too many were under way.',
  registers: [registry],
})

type Observer = { observe(seconds: number): void }
const observers = new Map<string, Observer>()
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PUT'])

/** Counts a request by what bounds the number of series: the route's pattern, never its path. */
export function observeRequest(method: string, route: string | null, status: number, seconds: number): void {
  const name = `${method} ${route} ${status}`
  let observer = observers.get(name)
  if (!observer) {
    // Anything can stand where a method should.
    const labels = { method: METHODS.has(method) ? method : 'other', route: route ?? 'none', status }
    observer = requests.labels(labels)
    if (METHODS.has(method)) observers.set(name, observer)
  }
  observer.observe(seconds)
}

/** A figure that stands in the database, read when metrics are asked for; absent while `read` fails. */
export function gauge(
  name: string,
  help: string,
  read: (own: Gauge<string>) => Promise<void>,
  labelNames: string[] = [],
): void {
  // Of several applications in one process, the newest is asked.
  registry.removeSingleMetric(name)
  new Gauge<string>({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      this.reset()
      // A new gauge without labels says 0, which would be a statement.
      if (labelNames.length === 0) this.remove()
      await read(this).catch(() => {})
    },
  })
}
