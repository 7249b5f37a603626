import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as OTLP/JSON has it, its attributes as an object. */
export type Span = {
  process: string
  service: string
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  /** 2: failed. */
  status: { code?: number }
  links: { traceId: string; spanId: string }[]
  attributes: Record<string, unknown>
}

export type Collector = {
  /** For processes that are to send their traces here. */
  env: Record<string, string>
  spans(): Span[]
  /** Everything received, headers included. */
  received(): string
  close(): Promise<void>
}

type Attribute = { key: string; value: Record<string, unknown> }
type Sent = {
  resourceSpans: {
    resource: { attributes: Attribute[] }
    scopeSpans: { spans: (Omit<Span, 'attributes'> & { attributes?: Attribute[] })[] }[]
  }[]
}

/** What receives traces, over HTTP in JSON. `hangs`: it answers nothing. */
export async function startCollector({ hangs = false } = {}): Promise<Collector> {
  const requests: { head: string; body: string }[] = []
  const server = createServer(async (request, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const head = `${request.method} ${request.url} ${request.rawHeaders.join(' ')}`
    requests.push({ head, body: Buffer.concat(chunks).toString('latin1') })
    if (!hangs) response.setHeader('content-type', 'application/json').end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/base`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    },
    spans: () => requests.flatMap(({ body }) => spansOf(JSON.parse(Buffer.from(body, 'latin1').toString()))),
    received: () => requests.map(({ head, body }) => `${head}\n${body}`).join('\n'),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function spansOf({ resourceSpans }: Sent): Span[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const about = asObject(resource.attributes)
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes = [], ...span }) => ({
        ...span,
        links: span.links ?? [],
        process: String(about['ringproof.process']),
        service: String(about['service.name']),
        attributes: asObject(attributes),
      })),
    )
  })
}

const asObject = (attributes: Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
