import { type Config, ConfigError } from './config.ts'
import { createLogger } from './log.ts'
import { setTracing } from './tracing.ts'

/** How long the process waits at its end for spans to be sent, in milliseconds. */
const FLUSH_MS = 1000
const COMPLAIN_EVERY_MS = 60_000

export type Telemetry = {
  /** Sends what was gathered; never throws, and takes a second at most. */
  stop(): Promise<void>
}

/**
 * Sends traces to OTEL_EXPORTER_OTLP_ENDPOINT; without it, the SDK is not even loaded. Call it before anything
 * logs. The exporter reads its other variables itself. Throws `ConfigError` if the SDK is not installed.
 */
export async function startTelemetry(config: Config, process: string): Promise<Telemetry> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: isDisabled } = config
  if (!endpoint || isDisabled) return { stop: async () => {} }
  const { api, core, trace, resources, context, OTLPTraceExporter } = await loadSdk(config)
  const complain = createComplaint(config, process, endpoint)
  const quiet = () => {}
  api.diag.setLogger({ error: complain, warn: complain, info: quiet, debug: quiet, verbose: quiet })
  core.setGlobalErrorHandler(complain)
  api.context.setGlobalContextManager(new context.AsyncLocalStorageContextManager())
  const { resourceAttributesEnvDetector, serviceInstanceIdDetector, serviceNameEnvDetector } = resources
  const own = resources.resourceFromAttributes({ 'service.name': 'ringproof', 'ringproof.process': process })
  const detected = resources.detectResources({
    detectors: [serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector],
  })
  const provider = new trace.TracerProvider({
    resource: resources.defaultResource().merge(own).merge(detected),
    sampler: samplerOf(config, trace),
    spanProcessors: [new trace.BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  })
  // Registered nowhere: no library can add spans or headers of its own.
  setTracing({ api, tracer: provider.getTracer('ringproof'), parse: core.parseTraceParent })
  return {
    async stop() {
      const patience = new Promise((resolve) => setTimeout(resolve, FLUSH_MS).unref())
      await Promise.race([provider.shutdown().catch(complain), patience])
    },
  }
}

async function loadSdk({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol }: Config) {
  try {
    const [api, core, trace, resources, context, { OTLPTraceExporter }] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/core'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/context-async-hooks'),
      protocol === 'http/json'
        ? import('@opentelemetry/exporter-trace-otlp-http')
        : import('@opentelemetry/exporter-trace-otlp-proto'),
    ])
    return { api, core, trace, resources, context, OTLPTraceExporter }
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new ConfigError(
      'OTEL_EXPORTER_OTLP_ENDPOINT: the OpenTelemetry SDK is not installed: run npm ci, or unset the variable',
    )
  }
}

function samplerOf(
  { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: Config,
  sdk: typeof import('@opentelemetry/sdk-trace'),
) {
  const kinds = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(ratio),
  }
  const [, parent, kind] = /^(parentbased_)?(.+)$/.exec(name) ?? []
  const root = kinds[kind as keyof typeof kinds]()
  return parent ? new sdk.ParentBasedSampler({ root }) : root
}

/** Says once a minute at most that traces are lost. Quotes nothing: texts of the SDK contain settings. */
function createComplaint(config: Config, process: string, endpoint: string): (...said: unknown[]) => void {
  const log = createLogger(config, process)
  const { host } = new URL(endpoint)
  let saidAt = Number.NEGATIVE_INFINITY
  return (...said) => {
    if (performance.now() - saidAt < COMPLAIN_EVERY_MS) return
    saidAt = performance.now()
    const error = said.find((one) => one instanceof Error) as NodeJS.ErrnoException | undefined
    log.warn(
      { error: error?.name, code: error?.code },
      `OTEL_EXPORTER_OTLP_ENDPOINT: traces do not reach ${host}`,
    )
  }
}
