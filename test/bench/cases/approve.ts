import { setTimeout as sleep } from 'node:timers/promises'
import type { Stack } from '../../setup/processes.ts'
import { prepareBed } from '../bed.ts'
import { type Figure, median, within } from '../figure.ts'
import { nextPhone } from '../load.ts'
import { scaled } from '../scale.ts'

const LOOK_EVERY_MS = 50
const GIVE_UP_MS = 60_000
/** The shortest wait that a step can have. */
const WAIT_SECONDS = 15

type Way = {
  row: string
  /** Null: a new phone each time. */
  phone: string | null
  start: Record<string, unknown>
  times: number
  limitSeconds: number
}

const channel = (channel: string, row = channel.replace('_', '-')): Way => ({
  row: `approve-${row}`,
  phone: null,
  start: { channel },
  times: scaled(20),
  limitSeconds: 5,
})

const steps = (...channels: string[]) => ({
  workflow: channels.map((channel) => ({ channel, wait_seconds: WAIT_SECONDS })),
})

const WAYS: Way[] = [
  channel('flash_call'),
  channel('sms'),
  channel('telegram'),
  channel('inbound_call', 'inbound'),
  {
    row: 'approve-fallback',
    phone: '+79000000010',
    start: steps('flash_call', 'sms'),
    times: scaled(10),
    limitSeconds: WAIT_SECONDS + 5,
  },
  {
    row: 'approve-unreachable',
    phone: '+79000000011',
    start: steps('flash_call', 'inbound_call'),
    times: scaled(20),
    limitSeconds: 10,
  },
]

export const APPROVE_ROWS = WAYS.map(({ row }) => row)

/**
 * The median time from a start to its approval in the sandbox, one verification after the other: the handset
 * is looked at every 50 ms, its code is typed at once, and a number to call is called at once.
 */
export async function approveFigures(): Promise<Figure[]> {
  const bed = await prepareBed({ redis: false, workers: 1 })
  try {
    const figures: Figure[] = []
    for (const way of WAYS) {
      const seconds: number[] = []
      for (let i = 0; i < way.times; i++) seconds.push(await approve(bed.stack, way))
      figures.push(within(way.row, 's', median(seconds), way.limitSeconds))
    }
    return figures
  } finally {
    await bed.close()
  }
}

/** Seconds. */
async function approve({ request }: Stack, { phone: given, start }: Way): Promise<number> {
  const phone = given ?? nextPhone()
  const asked = async (method: string, path: string, body?: unknown) => {
    const answer = await request(method, path, { body })
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return answer.body
  }
  const startedAt = performance.now()
  const { id, created_at: createdAt } = await asked('POST', '/v1/verifications', { phone, ...start })
  const at = `?phone=${encodeURIComponent(phone)}`
  const isNew = (arrival: { at: string }) => arrival.at >= createdAt
  while (performance.now() - startedAt < GIVE_UP_MS) {
    const { status, call_to: callTo } = await asked('GET', `/v1/verifications/${id}`)
    if (status === 'approved') return (performance.now() - startedAt) / 1000
    if (callTo) await asked('POST', '/v1/sandbox/inbound', { from: phone, to: callTo.number })
    const calls = await asked('GET', `/v1/sandbox/calls${at}`)
    const messages = await asked('GET', `/v1/sandbox/messages${at}`)
    const text: string | undefined = messages.data.find(isNew)?.text
    const code = text ? /\d{4,8}/.exec(text)?.[0] : calls.data.find(isNew)?.from
    if (code) {
      const confirmed = await request('POST', `/v1/verifications/${id}/confirm`, { body: { code } })
      if (confirmed.status === 200) return (performance.now() - startedAt) / 1000
      // The operator's answer is still on its way into the database.
      if (confirmed.status !== 409) throw new Error(`${confirmed.status} ${confirmed.text}`)
    }
    await sleep(LOOK_EVERY_MS)
  }
  throw new Error(`${id} was not approved within a minute`)
}
