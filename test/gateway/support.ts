import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { CallView } from '../../src/gateway/call.ts'
import { type Child, startChild } from '../setup/child.ts'
import { waitFor } from '../setup/wait.ts'

export const KEY = 'a key of the gateway, for tests only, of many letters'

export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>

/** The gateway as a process, with its SIP socket on 127.0.0.1. `atEnd`: when it stops, by default after the test. */
export async function startTestGateway(atEnd: (stop: () => Promise<void>) => void = onTestFinished) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  const env = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: folder, GATEWAY_KEY: KEY, SIP_ADDRESS: '127.0.0.1' }
  let child: Child = await startChild('src/gateway/main.ts', env)
  const earlier: string[] = []
  atEnd(async () => {
    child.signal('SIGKILL')
    await child.ended
    rmSync(folder, { recursive: true, force: true })
  })

  async function request(method: string, path: string, body?: unknown, key = KEY) {
    const answer = await fetch(new URL(path, child.url ?? ''), {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    // biome-ignore lint/suspicious/noExplicitAny: a test reads into answers of any shape
    return { status: answer.status, body: (await answer.json()) as any }
  }

  const get = async (id: string): Promise<CallView> => (await request('GET', `/v1/calls/${id}`)).body

  return {
    folder: join(folder, 'gateway'),
    request,
    get,
    logs: () => [...earlier, child.output()].join(''),
    /** `trunk`: settings besides the server. */
    place(trunk: Record<string, unknown>, more: Record<string, unknown> = {}) {
      const { id = randomUUID(), trunkId = 'trunk', ...rest } = more
      const order = {
        trunk: { id: trunkId, settings: { options_seconds: 0, ...trunk } },
        from: '+74951234567',
        to: '+79243555100',
        ring_ms: 400,
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
    async kill() {
      child.signal('SIGKILL')
      await child.ended
    },
    stop: () => child.stop(),
    async restart() {
      earlier.push(child.output())
      const { port } = new URL(child.url ?? '')
      child = await startChild('src/gateway/main.ts', { ...env, PORT: port })
    },
    url: child.url ?? '',
  }
}
