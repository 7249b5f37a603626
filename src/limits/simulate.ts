import type { z } from '@hono/zod-openapi'
import { type ClientContext, readersOf } from '../context.ts'
import { publicId } from '../ids.ts'
import { parsePhone, rangeOf } from '../phone.ts'
import { getPolicy } from './manage.ts'
import { judgeStart, within } from './rules.ts'
import type { Policy, PolicyInForce, SimulateInput, SimulationView } from './schemas.ts'

const STARTS_MAX = 100_000
const EXAMPLES_MAX = 20
const DAY_SECONDS = 86_400
const HOUR_SECONDS = 3600

type Start = { id: string; phone: string; clientIp: string | null; status: string; createdAt: Date }

/**
 * Replays the tenant's starts of the last days against a changed policy, in the order in which they came: a start that it
 * denies counts for nothing afterwards. Number lists, types and limits are replayed; the conversion guard is not, since
 * its hour depends on how people answered.
 */
export async function simulatePolicy(
  context: ClientContext,
  { changes, days }: z.infer<typeof SimulateInput>,
): Promise<z.infer<typeof SimulationView>> {
  const policy: Policy = { ...(await getPolicy(context)), ...(changes as Partial<Policy>) }
  const inForce: PolicyInForce = { policy, set: new Set(Object.keys(policy)), guarded: new Map() }
  const starts = await recentStarts(context, days)
  const replay = createReplay(inForce, context.actor.livemode)
  const byRule: Record<string, number> = {}
  const denied: { verification: string; rule: string; threshold: string }[] = []
  let deniedNow = 0
  for (const start of starts.reverse()) {
    if (start.status === 'denied') deniedNow += 1
    const breach = replay(start)
    if (!breach) continue
    byRule[breach.rule] = (byRule[breach.rule] ?? 0) + 1
    denied.push({
      verification: publicId('verification', start.id),
      rule: breach.rule,
      threshold: String(breach.threshold),
    })
  }
  return {
    days,
    starts: starts.length,
    truncated: starts.length === STARTS_MAX,
    denied_now: deniedNow,
    denied_then: denied.length,
    by_rule: byRule,
    examples: denied.slice(-EXAMPLES_MAX).reverse(),
  }
}

function recentStarts(context: ClientContext, days: number): Promise<Start[]> {
  const { actor } = context
  return readersOf(context).sql<Start[]>`
    select id, phone, client_ip, status, created_at from verifications
    where tenant_id = ${actor.tenantId} and livemode = ${actor.livemode}
      and created_at > now() - make_interval(days => ${days})
    order by id desc limit ${STARTS_MAX}`
}

function createReplay(inForce: PolicyInForce, livemode: boolean) {
  const byPhone = new Map<string, Date[]>()
  const byIp = new Map<string, Date[]>()
  const byRange = new Map<string, Date[]>()
  const recent = (counter: Map<string, Date[]>, key: string, now: Date, seconds: number) => {
    const kept = within(counter.get(key) ?? [], now, seconds)
    counter.set(key, kept)
    return kept
  }
  return ({ phone, clientIp, createdAt: now }: Start) => {
    const range = rangeOf(phone)
    const phoneStarts = recent(byPhone, phone, now, DAY_SECONDS)
    const ipStarts = clientIp ? recent(byIp, clientIp, now, HOUR_SECONDS) : null
    const rangeStarts = recent(byRange, range, now, HOUR_SECONDS)
    const { denied } = judgeStart(inForce, {
      now,
      livemode,
      phone: { e164: phone, range, type: parsePhone(phone, null)?.type ?? null },
      phoneStarts,
      ipStarts: ipStarts?.length ?? null,
      rangeStarts: rangeStarts.length,
      ipFreeSeconds: HOUR_SECONDS,
      rangeFreeSeconds: HOUR_SECONDS,
    })
    if (denied) return denied
    phoneStarts.push(now)
    ipStarts?.push(now)
    rangeStarts.push(now)
    return null
  }
}
