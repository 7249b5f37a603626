import type { Attributes, Context, Span, SpanContext, Tracer } from '@opentelemetry/api'

/** What `telemetry.ts` starts. It is loaded only then: without tracing, everything here does nothing. */
export type Tracing = {
  api: typeof import('@opentelemetry/api')
  tracer: Tracer
  /** Reads a `traceparent` header; null if it is not valid. */
  parse(traceparent: string): SpanContext | null
}

let tracing: (Tracing & { labels: symbol; origin: symbol }) | null = null

export function setTracing(started: Tracing): void {
  const { createContextKey } = started.api
  tracing = { ...started, labels: createContextKey('labels'), origin: createContextKey('origin') }
}

export const isTracing = () => tracing !== null

/**
 * What a span is about: public ids and names. Never a phone, a code, a token, a URL or a body: traces leave the
 * installation.
 */
export type Labels = {
  verification?: string
  attempt?: string
  tenant?: string
  key?: string
  request_id?: string
  provider?: string
  account?: string
  operation?: string
}

export type SpanOptions = {
  kind?: 'SERVER' | 'CLIENT' | 'CONSUMER' | 'INTERNAL'
  /** Of the OpenTelemetry semantic conventions. */
  attributes?: Attributes
  /** Of this span and all inside it. */
  labels?: Labels
  /** A `traceparent`; null for a new trace. Default: the current span. */
  parent?: string | null
}

/** Runs `work` in a span, which fails if `work` rejects. Without tracing it only runs `work`. */
export function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span | null) => Promise<T>,
): Promise<T> {
  if (!tracing) return work(null)
  const { api, tracer } = tracing
  const { kind = 'INTERNAL', attributes, labels } = options
  const context = contextWith(parentOf(options.parent, kind), labels)
  const all = { ...attributes, ...attributesOf(labelsIn(context)) }
  const span = tracer.startSpan(name, { kind: api.SpanKind[kind], attributes: all }, context)
  return endWith(span, context, work)
}

/**
 * Runs work that several spans wait for. Its span is a child of the first of them that is recorded, and each of
 * them links to it.
 */
export function inSharedSpan<T>(
  name: string,
  sharers: readonly (Span | null)[],
  work: () => Promise<T>,
): Promise<T> {
  if (!tracing) return work()
  const { api, tracer } = tracing
  const first = sharers.find((sharer) => sharer?.isRecording()) ?? sharers.find(Boolean)
  const context = first ? api.trace.setSpan(api.ROOT_CONTEXT, first) : api.ROOT_CONTEXT
  const span = tracer.startSpan(name, { attributes: { 'db.operation.batch.size': sharers.length } }, context)
  for (const sharer of sharers) sharer?.addLink({ context: span.spanContext() })
  return endWith(span, context, work)
}

async function endWith<T>(span: Span, context: Context, work: (span: Span) => Promise<T>): Promise<T> {
  const { api } = tracing as Tracing
  try {
    return await api.context.with(api.trace.setSpan(context, span), () => work(span))
  } catch (error) {
    span.setStatus({ code: api.SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}

/** Adds labels to every span inside `work`. */
export function labelled<T>(labels: Labels, work: () => T): T {
  if (!tracing) return work()
  const { context } = tracing.api
  return context.with(contextWith(context.active(), labels), work)
}

/** Adds labels to the current span alone. */
export function label(labels: Labels): void {
  currentSpan()?.setAttributes(attributesOf(labels))
}

/** Marks the current span as failed; `type` is one of few words. */
export function markFailed(type: string): void {
  if (!tracing) return
  const { ERROR } = tracing.api.SpanStatusCode
  currentSpan()?.setStatus({ code: ERROR }).setAttribute('error.type', type)
}

/** Records an error in the current span. `fault`: from `describeError`, whose texts are safe to show. */
export function noteFault({ error, message }: Record<string, unknown>): void {
  currentSpan()?.recordException({ name: String(error), message: String(message ?? '') })
  markFailed(String(error))
}

/** The ids of the current span for the log; nothing outside of spans. */
export function traceIds(): { trace_id?: string; span_id?: string } {
  const context = currentSpan()?.spanContext()
  return context ? { trace_id: context.traceId, span_id: context.spanId } : {}
}

/**
 * The `traceparent` for a job: that of the job which runs now, so that all jobs of an attempt are children of the
 * request that caused it, else that of the current span. Undefined without tracing.
 */
export function jobTrace(): string | undefined {
  if (!tracing) return undefined
  const inherited = tracing.api.context.active().getValue(tracing.origin)
  if (typeof inherited === 'string') return inherited
  const context = currentSpan()?.spanContext()
  return context && `00-${context.traceId}-${context.spanId}-0${context.traceFlags & 1}`
}

const currentSpan = () => tracing?.api.trace.getActiveSpan()

/** A client's `tracestate` is not read: spans would carry its text. */
function parentOf(traceparent: string | null | undefined, kind: SpanOptions['kind']): Context {
  const { api, parse, origin } = tracing as NonNullable<typeof tracing>
  if (traceparent === undefined) return api.context.active()
  const parent = traceparent && parse(traceparent)
  if (!parent) return api.ROOT_CONTEXT
  const context = api.trace.setSpanContext(api.ROOT_CONTEXT, { ...parent, isRemote: true })
  return kind === 'CONSUMER' ? context.setValue(origin, traceparent) : context
}

function contextWith(context: Context, labels: Labels | undefined): Context {
  const { labels: key } = tracing as NonNullable<typeof tracing>
  return labels ? context.setValue(key, { ...labelsIn(context), ...labels }) : context
}

const labelsIn = (context: Context) =>
  (tracing && (context.getValue(tracing.labels) as Labels | undefined)) ?? {}

const attributesOf = (labels: Labels): Attributes =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [`ringproof.${name}`, value]))
