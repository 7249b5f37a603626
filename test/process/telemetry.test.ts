import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../src/process/config.ts'
import { type Child, startChild } from '../setup/child.ts'
import { startCollector } from '../setup/collector.ts'
import { createTestDatabase } from '../setup/database.ts'
import { waitFor } from '../setup/wait.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.drop())

const settings = (env: Record<string, string>) => ({
  PATH: process.env.PATH ?? '',
  HOST: '127.0.0.1',
  PORT: '0',
  DATABASE_URL: database.url,
  SECRET_KEY: randomBytes(32).toString('base64'),
  ...env,
})

/** Runs `act` with an API process, stops it, and returns what it printed. */
async function withApi(env: Record<string, string>, act: (api: Child) => Promise<unknown> = ask) {
  const api = await startChild('src/main.ts', settings(env))
  try {
    await act(api)
  } finally {
    await api.stop()
  }
  return api.output()
}

const ask = (api: Child, headers = {}) => fetch(`${api.url}/v1/verifications`, { headers })

async function withCollector(env: Record<string, string>, act?: (api: Child) => Promise<unknown>) {
  const collector = await startCollector()
  try {
    await withApi({ ...collector.env, ...env }, act)
    return collector
  } finally {
    await collector.close()
  }
}

/** Prints the name of each package of OpenTelemetry that the process loads. */
const LISTS_PACKAGES = `--import data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    load(url, context, next) {
      const [, name] = /node_modules\\/(@opentelemetry\\/[\\w-]+)/.exec(url) ?? []
      if (name) console.log('loads ' + name)
      return next(url, context)
    },
  })`)}`

const loaded = (output: string) => new Set([...output.matchAll(/^loads (.+)$/gm)].map(([, name]) => name))

it('without an endpoint, or disabled, no part of the SDK is loaded', async () => {
  const env = { NODE_OPTIONS: LISTS_PACKAGES }
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
  expect(loaded(await withApi({ ...env, ...endpoint }))).toContain('@opentelemetry/sdk-trace')
  // The client of the metrics loads the API too.
  for (const off of [{}, { ...endpoint, OTEL_SDK_DISABLED: 'True' }]) {
    expect([...loaded(await withApi({ ...env, ...off }))]).toEqual(['@opentelemetry/api'])
  }
})

it('an SDK that is not installed is named when the process starts', async () => {
  const hides = `--import data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve: (name, context, next) =>
        next(name === '@opentelemetry/sdk-trace' ? '@opentelemetry/removed' : name, context),
    })`)}`
  const env = { NODE_OPTIONS: hides, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
  await expect(startChild('src/main.ts', settings(env))).rejects.toThrow(
    /\(1\): OTEL_EXPORTER_OTLP_ENDPOINT: the OpenTelemetry SDK is not installed[^\n]*\n$/,
  )
})

it('a sampler that is off sends nothing; the client’s flag decides only if the sampler asks it', async () => {
  const sampled = (api: Child) =>
    ask(api, { traceparent: '00-ffaf7651916cd43dd8448eb211c80319-b7ad6b7169203331-01' })
  const names = async (env: Record<string, string>) =>
    (await withCollector(env, sampled)).spans().map(({ name }) => name)
  expect(await names({ OTEL_TRACES_SAMPLER: 'always_off' })).toEqual([])
  const half = { OTEL_TRACES_SAMPLER_ARG: '0.5' }
  // The ratio keeps low trace ids only.
  expect(await names({ ...half, OTEL_TRACES_SAMPLER: 'traceidratio' })).toEqual([])
  expect(await names({ ...half, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' })).toContain(
    'GET /v1/verifications',
  )
})

it('the standard variables name the service, its attributes, the headers; protobuf is the default', async () => {
  const env = {
    OTEL_SERVICE_NAME: 'my-calls',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=a-stage',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=a%20token',
  }
  const json = await withCollector(env)
  expect(json.spans()[0]).toMatchObject({ service: 'my-calls', process: 'api' })
  for (const part of ['POST /base/v1/traces', 'authorization a token', 'application/json', 'a-stage']) {
    expect(json.received()).toContain(part)
  }
  const protobuf = await withCollector({ ...env, OTEL_EXPORTER_OTLP_PROTOCOL: '' })
  for (const part of ['application/x-protobuf', 'my-calls', 'GET /v1/verifications']) {
    expect(protobuf.received()).toContain(part)
  }
})

it.each([
  ['is down', async () => ({ url: 'http://127.0.0.1:9', close: async () => {} })],
  ['hangs', hanging],
] as const)(
  'a receiver that %s delays no answer and no end, and is named in the log once',
  async (_, start) => {
    const receiver = await start()
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_TIMEOUT: '200' }
    const api = await startChild('src/main.ts', settings(env))
    const complaints = () => api.output().match(/"level":"warn".*OTEL_EXPORTER_OTLP_ENDPOINT/g) ?? []
    try {
      // More than the queue holds, and more than a batch, which is sent at once.
      for (let i = 0; i < 15; i++) {
        const answers = await Promise.all(Array.from({ length: 200 }, () => ask(api)))
        expect(answers.every(({ status }) => status === 401 || status === 503)).toBe(true)
      }
      await waitFor(() => complaints().length > 0)
    } finally {
      await api.stop(4000)
      await receiver.close()
    }
    expect(complaints()).toHaveLength(1)
    expect(api.exitCode()).toBe(0)
  },
)

async function hanging() {
  const server = createServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

it.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
  ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
  ['OTEL_TRACES_SAMPLER_ARG', '10%'],
  ['OTEL_TRACES_SAMPLER_ARG', '1.1'],
  ['LOG_FORMAT', 'text'],
])('%s=%s is refused in one line that says what it must be', (name, value) => {
  const read = () => readConfig({ [name]: value })
  expect(read).toThrow(ConfigError)
  expect(read).toThrow(new RegExp(`^${name}: must be [^\\n]+$`))
})
