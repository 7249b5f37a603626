import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { prepareBed } from '../bed.ts'
import { startMeter } from '../cpu.ts'
import { type Figure, within } from '../figure.ts'
import { nextPhone } from '../load.ts'
import { scaled } from '../scale.ts'

const PER_SECOND = 200
const SECONDS = 10
const LIMIT_MS = 2000

/** `get_code` of a client at the telefon-ip door, against the sandbox: from the request to the code. */
export async function doorFigures(): Promise<Figure[]> {
  const bed = await prepareBed({ redis: false, workers: 1 })
  const api = new Pool(bed.stack.url, { connections: 1000 })
  try {
    const body = { facade: 'telefon-ip', name: 'bench', livemode: false }
    const { stack } = bed
    const made = await stack.request('POST', '/v1/compat-credentials', { key: stack.adminKey, body })
    if (made.status !== 201) throw new Error(`no credential: ${made.text}`)
    const path = `/api/v1/authcalls/${made.body.token}/get_code`
    const refused = new Map<string, number>()
    async function ask(): Promise<number> {
      const since = performance.now()
      const answer = await api.request({ method: 'GET', path: `${path}/${nextPhone()}/` })
      const text = await answer.body.text()
      const { success, error } = JSON.parse(text)
      if (!success) refused.set(error, (refused.get(error) ?? 0) + 1)
      return success ? performance.now() - since : Number.POSITIVE_INFINITY
    }
    await Promise.all(Array.from({ length: 20 }, ask))
    const meter = startMeter(bed.processes)
    const times = await atRate(ask, scaled(PER_SECOND * SECONDS))
    const cpu = meter(times.length)
    const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.POSITIVE_INFINITY
    const note = [...refused].map(([error, count]) => `${count} × ${error}`).join(', ')
    const figures = [
      within('door-p50', 'ms', at(0.5), LIMIT_MS),
      within('door-p99', 'ms', at(0.99), LIMIT_MS),
    ]
    return figures.map((figure) => ({ ...figure, cpu, ...(note && { ok: false, note }) }))
  } finally {
    await api.close()
    await bed.close()
  }
}

/** Asks `count` times at a steady rate, however long the answers take. Resolves to the times taken, sorted. */
async function atRate(ask: () => Promise<number>, count: number): Promise<number[]> {
  const since = performance.now()
  const asked: Promise<number>[] = []
  while (asked.length < count) {
    const due = Math.min(count, ((performance.now() - since) / 1000) * PER_SECOND)
    while (asked.length < due) asked.push(ask())
    await sleep(5)
  }
  return (await Promise.all(asked)).sort((a, b) => a - b)
}
