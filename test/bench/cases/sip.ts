import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from '../../setup/child.ts'
import { freePort } from '../../setup/ports.ts'
import { CANCELLED, RINGS, scenario, startSipp } from '../../setup/sip-peers.ts'
import { waitFor } from '../../setup/wait.ts'
import { treeMs } from '../cpu.ts'
import { type Figure, within } from '../figure.ts'
import { scaled } from '../scale.ts'

const CALLS_PER_SECOND = 50
const KEY = 'a key of the gateway, for measurements only'

/** CPU of the gateway per call over SIP: 1,000 calls at 50 a second against sipp, 3 s of ringing each. */
export async function sipFigures(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-sip-'))
  const place = { address: '127.0.0.2', port: await freePort() }
  const trunk = await startSipp(scenario(...RINGS, ...CANCELLED), place)
  const env = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: folder, GATEWAY_KEY: KEY, SIP_ADDRESS: '127.0.0.1' }
  const gateway = await startChild('src/gateway/main.ts', env)
  const settings = {
    server: place.address,
    port: place.port,
    max_in_flight: 1000,
    max_per_second: 1000,
    options_seconds: 0,
  }
  const request = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(new URL(path, gateway.url ?? ''), {
      method,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return (await answer.json()) as { state?: string; verdict?: { status: string } | null }
  }
  const call = (id: string) =>
    request('PUT', `/v1/calls/${id}`, {
      trunk: { id: 'trunk', settings },
      from: '+74951234567',
      to: '+79243555100',
      ring_ms: 3000,
      setup_ms: 10_000,
    })
  try {
    // The first shows that the trunk takes our calls.
    await call('first-call')
    const before = treeMs(gateway.pid)
    const ids = Array.from({ length: Math.round(scaled(20)) * CALLS_PER_SECOND }, () => randomUUID())
    const answers: Promise<unknown>[] = []
    const started = performance.now()
    for (const [i, id] of ids.entries()) {
      await sleep(Math.max(0, started + (i * 1000) / CALLS_PER_SECOND - performance.now()))
      answers.push(call(id))
    }
    await Promise.all(answers)
    const ended = async (id: string) => {
      const { state, verdict } = await request('GET', `/v1/calls/${id}`)
      return state === 'ended' && verdict?.status
    }
    const statuses = []
    for (const id of ids) statuses.push(await waitFor(() => ended(id), { timeoutMs: 60_000 }))
    const cpu = (treeMs(gateway.pid) - before) / ids.length
    const good = statuses.filter((status) => status === 'no_answer').length
    const figure = within('sip-call', 'ms of CPU', cpu, 10)
    return [{ ...figure, ok: figure.ok && good === ids.length, note: `${good} of ${ids.length} calls rang` }]
  } finally {
    await gateway.stop()
    await trunk.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
