import type { z } from '@hono/zod-openapi'
import type { Channel } from '../channels/channels.ts'
import { type ClientContext, readersOf } from '../context.ts'
import { createTurns } from '../db/turns.ts'
import { aside } from '../export/aside.ts'
import { publicId } from '../values/ids.ts'
import { networksOf } from '../values/networks.ts'
import { parsePhone, rangeOf } from '../values/phone.ts'
import { STRANGE } from './known.ts'
import { getPolicy } from './manage.ts'
import { judgeStart } from './rules.ts'
import type { Policy, PolicyInForce, SimulateInput, SimulationView } from './schemas.ts'

const STARTS_MAX = 100_000
const PAGE = 2000
const EXAMPLES_MAX = 20
/** Starts replayed in one go: a few milliseconds of work. */
const BATCH = 500
const DAY_SECONDS = 86_400
const HOUR_SECONDS = 3600

/** A replay takes seconds: a tenant runs one at a time, and three wait. */
const turns = createTurns({ most: 2, mostOfOne: 1, waitingOfOne: 3, patienceMs: 5000 })

type Start = {
  id: string
  phone: string
  channel: Channel
  clientIp: string | null
  requester: Buffer | null
  status: string
  createdAt: Date
  completedAt: Date | null
}
type Counted = { at: Date; by: Buffer | null }

/**
 * Replays the tenant's starts of the last `days` against a changed policy, oldest first; a denied start does
 * not count afterwards. Covers number lists, types and limits, not the conversion guard, which depends on how
 * people answer. Requesters are known if they were approved within these days.
 */
export async function simulatePolicy(
  context: ClientContext,
  { changes, days }: z.infer<typeof SimulateInput>,
): Promise<z.infer<typeof SimulationView>> {
  const end = await turns.take(context.actor.tenantId)
  try {
    return await replayAll(context, changes, days)
  } finally {
    end()
  }
}

async function replayAll(
  context: ClientContext,
  changes: z.infer<typeof SimulateInput>['changes'],
  days: number,
): Promise<z.infer<typeof SimulationView>> {
  const policy: Policy = { ...(await getPolicy(context)), ...(changes as Partial<Policy>) }
  const inForce: PolicyInForce = {
    policy,
    set: new Set(Object.keys(policy)),
    guarded: new Map(),
    hasStandings: false,
  }
  const starts = await recentStarts(context, days)
  const replay = createReplay(inForce, starts, context.actor.livemode)
  const byRule: Record<string, number> = {}
  const denied: { verification: string; rule: string; threshold: string }[] = []
  starts.reverse()
  for (let done = 0; done < starts.length; done += BATCH) {
    await aside(context.actor.tenantId, () => {
      for (const start of starts.slice(done, done + BATCH)) {
        const breach = replay(start)
        if (!breach) continue
        byRule[breach.rule] = (byRule[breach.rule] ?? 0) + 1
        denied.push({
          verification: publicId('verification', start.id),
          rule: breach.rule,
          threshold: String(breach.threshold),
        })
      }
    })
  }
  return {
    days,
    starts: starts.length,
    truncated: starts.length === STARTS_MAX,
    denied_now: starts.filter(({ status }) => status === 'denied').length,
    denied_then: denied.length,
    by_rule: byRule,
    examples: denied.slice(-EXAMPLES_MAX).reverse(),
  }
}

/** Newest first. */
async function recentStarts(context: ClientContext, days: number): Promise<Start[]> {
  const { tenantId, livemode } = context.actor
  const { sql } = readersOf(context)
  const starts: Start[] = []
  while (starts.length < STARTS_MAX) {
    const last = starts.at(-1)
    const page = await aside(
      tenantId,
      () => sql<Start[]>`
        select id, phone, channel, client_ip, requester, status, created_at, completed_at from verifications
        where tenant_id = ${tenantId} and livemode = ${livemode}
          and created_at > now() - make_interval(days => ${days}) ${last ? sql`and id < ${last.id}` : sql``}
        order by id desc limit ${PAGE}`,
    )
    starts.push(...page)
    if (page.length < PAGE) break
  }
  return starts
}

function createReplay(inForce: PolicyInForce, starts: readonly Start[], livemode: boolean) {
  const approvals = firstApprovals(starts)
  const byPhone = new Map<string, Counted[]>()
  const byNetwork = new Map<string, Counted[]>()
  const byRange = new Map<string, Counted[]>()
  const recent = (counter: Map<string, Counted[]>, key: string, now: Date, seconds: number) => {
    const since = now.getTime() - seconds * 1000
    const kept = (counter.get(key) ?? []).filter(({ at }) => at.getTime() > since)
    counter.set(key, kept)
    return kept
  }
  const hourOf = (counted: readonly Counted[]) => ({ starts: counted.length, freeInSeconds: HOUR_SECONDS })
  return (start: Start) => {
    const { phone, clientIp, requester, createdAt: now } = start
    const range = rangeOf(phone)
    const phoneStarts = recent(byPhone, phone, now, DAY_SECONDS)
    const networks = (clientIp ? networksOf(clientIp) : []).map(({ name, factor }) => {
      return { factor, counted: recent(byNetwork, name, now, HOUR_SECONDS) }
    })
    const rangeStarts = recent(byRange, range, now, HOUR_SECONDS)
    const approvedAt = requester && approvals.get(nameOf(start))
    const { denied } = judgeStart(inForce, {
      now,
      livemode,
      channel: start.channel,
      phone: { e164: phone, range, type: parsePhone(phone, null)?.type ?? null },
      phoneStarts: phoneStarts.map(({ at }) => at),
      requesterStarts: requester && phoneStarts.filter(({ by }) => by?.equals(requester)).map(({ at }) => at),
      familiar: { ...STRANGE, requester: Boolean(approvedAt && approvedAt <= now) },
      standing: null,
      live: { count: 0, freeInSeconds: 0 },
      networks: networks.map(({ factor, counted }) => ({ ...hourOf(counted), factor })),
      range: { ...hourOf(rangeStarts), startsThisMinute: 0 },
    })
    if (denied) return denied
    const counted = { at: now, by: requester }
    for (const list of [phoneStarts, rangeStarts, ...networks.map((network) => network.counted)]) {
      list.push(counted)
    }
    return null
  }
}

/** The first approval of each requester for each phone among these starts. */
function firstApprovals(starts: readonly Start[]): Map<string, Date> {
  const first = new Map<string, Date>()
  for (const start of starts) {
    if (start.status !== 'approved' || !start.requester || !start.completedAt) continue
    const known = first.get(nameOf(start))
    if (!known || start.completedAt < known) first.set(nameOf(start), start.completedAt)
  }
  return first
}

const nameOf = ({ phone, requester }: Start) => `${phone} ${requester?.toString('hex')}`
