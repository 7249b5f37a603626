import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import type { ClientContext } from '../../src/context.ts'
import type { Grouping } from '../../src/statistics/read.ts'
import type { Feedback } from '../../src/values/feedback.ts'
import { newId } from '../../src/values/ids.ts'

export type Call = {
  provider: string | null
  channel: string
  carrier: string | null
  cost: number | null
  currency: string
  price: number | null
  captured: boolean
}

/** A verification as the test knows it. */
export type Known = {
  id: string
  at: Date
  status: string
  phone: string
  country: string
  channel: string
  deliveredMs: number | null
  endedMs: number
  calls: Call[]
  feedback: Feedback[]
  /** The credential of a door whose client checks the code itself. */
  door: string | null
}

/** Stores a verification that has ended, with its calls. */
export async function store({ db, actor }: ClientContext, one: Known): Promise<void> {
  const after = (ms: number) => new Date(one.at.getTime() + ms)
  await db.sql`
    insert into verifications (id, tenant_id, livemode, phone, country, channel, status, checks_left, max_checks, retries,
      attempts, feedback, compat_credential_id, created_at, expires_at, delivered_at, completed_at, audit_seq, audit_head)
    values (${one.id}, ${actor.tenantId}, ${actor.livemode}, ${one.phone}, ${one.country}, ${one.channel}, ${one.status}, 0, 3,
      0, 1, ${one.feedback}, ${one.door}, ${one.at}, ${after(600_000)}, ${one.deliveredMs === null ? null : after(one.deliveredMs)},
      ${after(one.endedMs)}, 0, '')`
  for (const [i, call] of one.calls.entries()) {
    await db.sql`
      insert into attempts (id, verification_id, ordinal, round, channel, provider, status, assumed, carrier, cost_micros,
        cost_currency, price_micros, price_currency, price_per, charge, looks, created_at, placing_at, ended_at)
      values (${newId()}, ${one.id}, ${i + 1}, 0, ${call.channel}, ${call.provider}, 'failed', false,
        ${call.carrier && JSON.stringify({ name: call.carrier })}::jsonb, ${call.cost}, ${call.cost && call.currency},
        ${call.price}, ${call.price && 'RUB'}, ${call.price && 'attempt'},
        ${call.price && (call.captured ? 'captured' : 'released')}, 0, ${one.at}, ${call.provider && one.at},
        ${after(one.endedMs)})`
  }
}

/** A door's credential. */
export async function storeDoor({ db, actor }: ClientContext): Promise<string> {
  const id = newId()
  await db.sql`
    insert into compat_credentials (id, tenant_id, livemode, facade, name, hash, hint)
    values (${id}, ${actor.tenantId}, ${actor.livemode}, 'telefon-ip', 'door', ${randomBytes(32)}, 'abcd')`
  return id
}

export const idAt = (at: Date) => v7({ msecs: at.getTime() })

const add = (counts: Map<string, number>, name: string, by = 1) =>
  by === 0 ? counts : counts.set(name, (counts.get(name) ?? 0) + by)

type Group = { counts: Map<string, number>; deliver: number[]; approve: number[] }

/** What a grouping must find: every verification counted one by one. Times as lists of seconds. */
export function expected(all: readonly Known[], groupBy: Grouping, from: Date, to: Date) {
  const groups = new Map<string, Group>()
  const group = (key: string): Group => {
    const known: Group = groups.get(key) ?? { counts: new Map<string, number>(), deliver: [], approve: [] }
    groups.set(key, known)
    return known
  }
  for (const one of all) {
    if (one.at < from || one.at >= to) continue
    const { counts, deliver, approve } = group(keyOf(one, groupBy))
    const isStarted = one.status !== 'denied'
    add(counts, isStarted ? 'started' : 'denied')
    if (isStarted && one.door === null) add(counts, 'converting')
    if (one.deliveredMs !== null || one.status === 'approved') add(counts, 'delivered')
    if (one.deliveredMs !== null) deliver.push(one.deliveredMs / 1000)
    if (one.status === 'approved') approve.push(one.endedMs / 1000)
    if (one.status === 'approved' || one.status === 'failed') add(counts, one.status)
    for (const reason of one.feedback) add(counts, `feedback ${reason}`)
    for (const call of one.calls) {
      const own = group(keyOf(one, groupBy, call)).counts
      if (call.cost) add(own, `cost ${call.currency}`, call.cost)
      if (call.price && call.captured) add(own, 'price RUB', call.price)
    }
  }
  return new Map([...groups].filter(([, { counts }]) => counts.size > 0))
}

/** Money counts under the provider and channel of its own call. */
function keyOf(one: Known, groupBy: Grouping, call?: Call): string {
  const { at, phone, country, channel, calls } = one
  switch (groupBy) {
    case 'hour':
      return `${at.toISOString().slice(0, 13)}:00:00Z`
    case 'day':
      return at.toISOString().slice(0, 10)
    case 'total':
      return ''
    case 'country':
      return country
    case 'prefix':
      return phone.slice(0, -7)
    case 'carrier':
      return calls.findLast(({ carrier }) => carrier !== null)?.carrier ?? ''
    case 'provider':
      return (call ?? calls.findLast(({ provider }) => provider !== null))?.provider ?? ''
    case 'channel':
      return (call ?? { channel }).channel
  }
}
