import { dateBy, readingsOf } from '../calls/operator-clock.ts'
import { hasCodeOf } from '../calls/record-code.ts'
import { SPAN_MARGIN_MS } from '../calls/record-window.ts'
import { CHANNEL_FACTS } from '../channels/channels.ts'
import { author, type Context } from '../context.ts'
import {
  type OperatorBalance,
  type OperatorRecord,
  type OperatorRecords,
  ProviderFault,
} from '../providers/provider.ts'
import { operatorOf } from '../routing/operator.ts'
import type { RoutedAccount } from '../routing/routing.ts'
import { say } from '../words/text.ts'
import { announceFindings } from './announce-findings.ts'
import { compareBalance } from './balance-change.ts'
import { compare, type Difference } from './compare.ts'
import { hideErased } from './erased.ts'
import { type Matches, match, type OwnCall, type Run } from './match.ts'
import { readOwnCalls } from './own-calls.ts'
import { saveFindings } from './save-findings.ts'
import { settleUnknown } from './settle-unknown.ts'
import { lacksPrice, takePrice } from './take-price.ts'

/** Calls changed at once. */
const AT_ONCE = 100

/**
 * Compares the operator's records of a span with our calls and saves every difference as a finding. Settles
 * unknown calls from their records. The run keeps an operator's failure as its `error`.
 */
export async function reconcile(context: Context, run: Run): Promise<void> {
  try {
    const routed = await context.routing.account(run.accountId)
    if (!routed) throw new ProviderFault('refused', say('note_account_gone'))
    await compareWith(context, run, routed)
  } catch (error) {
    const message = error instanceof ProviderFault ? error.message : 'internal error'
    await context.db.sql`
      update reconciliation_runs set status = 'failed', error = ${message}, finished_at = now()
      where id = ${run.id} and status = 'running'`
    if (!(error instanceof ProviderFault)) throw error
  }
}

async function compareWith(context: Context, run: Run, routed: RoutedAccount): Promise<void> {
  const { db, costLists } = context
  const { provider, account } = routed
  const from = new Date(run.from.getTime() - SPAN_MARGIN_MS)
  const to = new Date(run.to.getTime() + SPAN_MARGIN_MS)
  const [clock] = await db.sql<{ now: Date }[]>`select now() as now`
  const askedAt = performance.now()
  const answer = await operatorOf(context, routed).records({ from, to, phone: null })
  const answered = new Date((clock as { now: Date }).now.getTime() + performance.now() - askedAt)
  const calls = await readOwnCalls(db, { accountId: run.accountId, from, to })
  const dated = datedRecords(context, answer, answered, calls).filter(({ at }) => at >= from && at <= to)
  const records = hideErased(context.secrets, dated, calls)
  const matches = match(records, calls, codeComparison(context))
  const { recordsAreComplete, recordsTellPrices } = provider.capabilities(account.settings)
  const costs = await costLists()
  const found = compare(matches, {
    from: run.from,
    to: run.to,
    currency: costs.currencyOf(run.accountId),
    recordsAreComplete,
    listed: (call, at) => costs.of(run.accountId, call, at),
  })
  const left = await settleUnknowns(context, run, matches, recordsAreComplete)
  // What is still unknown is not closed: the run that settles it says so.
  const differences = found.filter(({ closes, attemptId }) => !closes || !left.has(attemptId))
  await takePrices(context, run, matches)
  const balance = await balanceOf(context, routed)
  if (balance && !recordsTellPrices) differences.push(...(await compareBalance(db, run, balance)))
  await finish(context, run, { records: records.length, calls: calls.length, differences, balance })
}

/** Dates the records by our clock. Throws `ProviderFault` if the operator's times cannot be read. */
function datedRecords(
  context: Context,
  answer: OperatorRecords,
  answered: Date,
  calls: readonly OwnCall[],
): OperatorRecord[] {
  const hasCode = codeComparison(context)
  const known = calls.flatMap((call) =>
    call.placedAt && CHANNEL_FACTS[call.channel].reachesOut
      ? [{ ...call, placedAt: call.placedAt, hasCode: (record: OperatorRecord) => hasCode(record, call) }]
      : [],
  )
  const [reading] = readingsOf(answer, answered, known)
  if (!reading || !answer.isWhole) throw new ProviderFault('bad_answer', say('note_undated'))
  return answer.rows.map((record) => ({ ...record, at: dateBy(reading, record) }))
}

function codeComparison({ secrets }: Context): Parameters<typeof match>[2] {
  return (record, call) => hasCodeOf(secrets, call, record)
}

/** Resolves to the attempts that must wait for a later run. */
async function settleUnknowns(
  context: Context,
  { from, to }: Run,
  { pairs, strayCalls }: Matches,
  recordsAreComplete: boolean,
): Promise<ReadonlySet<string | null>> {
  // For a call certainly placed, a missing record is a finding, not proof that it was never placed.
  const absent = recordsAreComplete ? strayCalls.filter(({ placedAt }) => placedAt === null) : []
  const all = [...pairs, ...absent.map((call) => ({ call, record: null }))].filter(
    ({ call }) => call.status === 'unknown' && call.placingAt >= from && call.placingAt < to,
  )
  const left = new Set<string>()
  await forEach(all, async ({ call, record }) => {
    if (!(await settleUnknown(context, call, record))) left.add(call.id)
  })
  return left
}

async function takePrices(context: Context, { from, to }: Run, { pairs }: Matches): Promise<void> {
  const all = pairs.filter(
    ({ call, record }) =>
      lacksPrice(call) && record.result?.costMicros != null && call.placingAt >= from && call.placingAt < to,
  )
  await forEach(all, (pair) => takePrice(context, pair))
}

async function forEach<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < all.length; start += AT_ONCE) {
    await Promise.all(all.slice(start, start + AT_ONCE).map(act))
  }
}

async function balanceOf(context: Context, routed: RoutedAccount): Promise<OperatorBalance | null> {
  try {
    return await operatorOf(context, routed).balance()
  } catch (error) {
    if (error instanceof ProviderFault) return null
    throw error
  }
}

type Outcome = {
  records: number
  calls: number
  differences: readonly Difference[]
  balance: OperatorBalance | null
}

async function finish(context: Context, run: Run, outcome: Outcome): Promise<void> {
  const { db, log } = context
  const { records, calls, differences, balance } = outcome
  const found = await db.sql.begin(async (tx) => {
    const [running] = await tx`
      select id from reconciliation_runs where id = ${run.id} and status = 'running' for update`
    if (!running) return null
    const found = await saveFindings(tx, run, differences)
    await tx`
      update reconciliation_runs set status = 'done', records = ${records}, attempts = ${calls}, findings = ${found},
        balance_micros = ${balance?.balanceMicros ?? null}, balance_currency = ${balance?.currency ?? null},
        finished_at = now()
      where id = ${run.id}`
    if (found > 0) await announceFindings(tx, run.id, author(context))
    return found
  })
  // Another process finished it first: a repeat of the request that began it.
  if (found === null) return
  log.info({ reconciliation: run.id, records, attempts: calls, findings: found }, 'reconciled')
}
