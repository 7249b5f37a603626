import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { CallView } from '../../src/gateway/call.ts'
import { type GatewayOptions, startGateway } from '../../src/gateway/server.ts'
import { type Child, startChild } from '../setup/child.ts'
import { waitFor } from '../setup/wait.ts'

export const KEY = 'a key of the gateway, for tests only, of many letters'

export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>

type AtEnd = (stop: () => void | Promise<void>) => void

const newFolder = (atEnd: AtEnd = onTestFinished) => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A gateway in this process, with its SIP socket on 127.0.0.1. */
export async function startTestGateway(options: Partial<GatewayOptions> = {}) {
  const faults: Error[] = []
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    key: KEY,
    folder: join(newFolder(), 'gateway'),
    sipAddress: '127.0.0.1',
    sipPort: null,
    allowPrivateTargets: true,
    failed: (error) => faults.push(error),
    ...options,
  })
  onTestFinished(() => gateway.close())
  return {
    ...clientOf(() => gateway.url),
    url: gateway.url,
    sipPort: gateway.sipPort ?? 0,
    faults: () => faults,
  }
}

/**
 * The gateway as a process that can be killed. `first`: what only its first start gets. `atEnd`: when it stops, by
 * default after the test.
 */
export async function startGatewayProcess(
  first: Record<string, string> = {},
  env: Record<string, string> = {},
  atEnd: AtEnd = onTestFinished,
) {
  const folder = newFolder(atEnd)
  const settings = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: folder,
    GATEWAY_KEY: KEY,
    SIP_ADDRESS: '127.0.0.1',
    ...env,
  }
  let child: Child = await startChild('src/gateway/main.ts', { ...settings, ...first })
  const earlier: string[] = []
  atEnd(async () => {
    child.signal('SIGKILL')
    await child.ended
  })
  return {
    ...clientOf(() => child.url ?? ''),
    logs: () => [...earlier, child.output()].join(''),
    exited: () => child.ended,
    async kill() {
      child.signal('SIGKILL')
      await child.ended
    },
    stop: () => child.stop(),
    async restart() {
      earlier.push(child.output())
      const { port } = new URL(child.url ?? '')
      child = await startChild('src/gateway/main.ts', { ...settings, PORT: port })
    },
    url: child.url ?? '',
    folder,
  }
}

/** What workers do with a gateway. */
export function clientOf(url: () => string) {
  async function request(method: string, path: string, body?: unknown, key = KEY) {
    const answer = await fetch(new URL(path, url()), {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    // biome-ignore lint/suspicious/noExplicitAny: a test reads into answers of any shape
    return { status: answer.status, body: (await answer.json()) as any }
  }

  const get = async (id: string): Promise<CallView> => (await request('GET', `/v1/calls/${id}`)).body

  return {
    request,
    get,
    /** `trunk`: settings besides the server. */
    place(trunk: Record<string, unknown>, more: Record<string, unknown> = {}) {
      const { id = randomUUID(), trunkId = 'trunk', ...rest } = more
      const order = {
        trunk: { id: trunkId, settings: { options_seconds: 0, ...trunk } },
        from: '+74951234567',
        to: '+79243555100',
        ring_ms: 300,
        setup_ms: 5000,
        ...rest,
      }
      return request('PUT', `/v1/calls/${id}`, order).then((answer) => ({ ...answer, id: String(id) }))
    },
    ended: (id: string, timeoutMs = 10_000): Promise<CallView> =>
      waitFor(
        async () => {
          const call = await get(id)
          if (call.state !== 'ended') throw new Error(JSON.stringify(call))
          return call
        },
        { what: `${id} to end`, timeoutMs },
      ),
  }
}
