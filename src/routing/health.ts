import type { z } from '@hono/zod-openapi'
import { desc, eq, sql } from 'drizzle-orm'
import type { ClientContext } from '../context.ts'
import { accountRatios, accountStates, dueAttempts } from '../db/schema/index.ts'
import { publicId } from '../values/ids.ts'
import { toMoney } from '../values/money.ts'
import { inWords, type Language, unpack } from '../words/text.ts'
import { isBalanceLow } from './breaker.ts'
import { guessChance, isPoolTooSmall } from './guess-chance.ts'
import type { HealthView } from './schemas.ts'
import { presentStop, readStops } from './stops.ts'

const PREFIXES_MAX = 200

/**
 * The health of an account: breaker, balance, calls in flight, and delivery and approval rates by channel and
 * network prefix.
 */
export async function accountHealth(
  { db, routing, policies, actor }: ClientContext,
  accountId: string,
  language: Language,
): Promise<z.infer<typeof HealthView>> {
  const [{ policy }, routed, [state], ratios, [open]] = await Promise.all([
    policies.of(actor.tenantId),
    routing.account(accountId),
    db.orm.select().from(accountStates).where(eq(accountStates.accountId, accountId)),
    db.orm
      .select()
      .from(accountRatios)
      .where(eq(accountRatios.accountId, accountId))
      .orderBy(desc(accountRatios.updatedAt))
      .limit(PREFIXES_MAX),
    db.orm
      .select({ calls: sql<number>`count(*)::int` })
      .from(dueAttempts)
      .where(eq(dueAttempts.accountId, accountId)),
  ])
  const money = (micros: bigint | null) =>
    micros === null ? null : toMoney(micros, state?.balanceCurrency ?? 'RUB')
  const stop = routed?.stop ? ((await readStops(db.sql, [routed.stop.key]))[0] ?? null) : null
  return {
    id: publicId('account', accountId),
    stopped: stop && presentStop(stop, accountId, language),
    guess_chance: routed && guessChance(routed),
    pool_too_small: routed !== null && isPoolTooSmall(routed, 'flash_call', policy),
    breaker: {
      state: state?.breaker ?? 'closed',
      consecutive_faults: state?.consecutiveFaults ?? 0,
      fault_ratio: round(state?.faultRatio ?? 0),
      open_until: state?.openUntil?.toISOString() ?? null,
    },
    balance: {
      amount: money(state?.balanceMicros ?? null),
      limit: money(state?.balanceLimitMicros ?? null),
      call_price: money(state?.callPriceMicros ?? null),
      low: state ? isBalanceLow(state) : false,
      checked_at: state?.balanceAt?.toISOString() ?? null,
      error: state?.balanceError ? inWords(language, unpack(state.balanceError)) : null,
    },
    calls_in_flight: open?.calls ?? 0,
    prefixes: ratios.map((ratio) => ({
      channel: ratio.channel,
      prefix: ratio.prefix,
      delivered: { share: round(ratio.delivered), calls: ratio.deliveredCalls },
      approved: { share: round(ratio.approved), calls: ratio.approvedCalls },
      demoted_at: ratio.demotedAt?.toISOString() ?? null,
    })),
  }
}

const round = (share: number) => Math.round(share * 1000) / 1000
