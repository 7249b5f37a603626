import fc from 'fast-check'
import { expect } from 'vitest'
import { adjust, topUp } from '../../src/billing/post-by-hand.ts'
import { releaseStale } from '../../src/billing/release-stale.ts'
import { type EndedStatus, endAttempt, endQuietly, NEXT_CALL } from '../../src/calls/outcome.ts'
import { claimCall, concludeCall } from '../../src/calls/place.ts'
import type { ClientContext, Context } from '../../src/context.ts'
import { isOutage } from '../../src/db/client.ts'
import { PRICE_PERS } from '../../src/db/schema/billing.ts'
import { change } from '../../src/draft/change.ts'
import { AppError } from '../../src/errors.ts'
import type { PlaceOutcome } from '../../src/providers/provider.ts'
import type { OwnCall } from '../../src/reconciliation/match.ts'
import { settleUnknown } from '../../src/reconciliation/settle-unknown.ts'
import { newId, parseId, publicId } from '../../src/values/ids.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { retry } from '../../src/verifications/retry.ts'
import { expire, isOverdue } from '../../src/verifications/state.ts'
import type { TestApp } from '../setup/app.ts'
import { begin } from '../verifications/support.ts'
import { NO_LIMITS } from './support.ts'

const CODE = '4711'

const which = fc.nat(20)
const phone = fc.constantFrom('+79241110001', '+79241110002', '+79241110003')
const status = fc.constantFrom<EndedStatus>(
  'answered',
  'busy',
  'no_answer',
  'unreachable',
  'no_such_number',
  'unknown',
)
const answer = fc.constantFrom<PlaceOutcome>(
  { kind: 'placed', callId: null, code: CODE, callerHint: null, final: null, detail: '' },
  { kind: 'refused', reason: 'limit', final: false, detail: '' },
  { kind: 'not_sent', detail: '' },
  { kind: 'unclear', detail: '' },
)
const amount = fc.constantFrom(1n, 350_000n, 1_000_000n)
const cost = fc.constantFrom(null, 0n, 200_000n)
const command = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('start' as const), phone }) },
  { weight: 25, arbitrary: fc.record({ kind: fc.constant('call' as const), which, answer }) },
  { weight: 25, arbitrary: fc.record({ kind: fc.constant('end' as const), which, status, cost }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('confirm' as const), which }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('retry' as const), which }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('expire' as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('settle' as const), which, found: fc.boolean(), status, cost }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('stale' as const), which }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('topup' as const), amount }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('credit' as const), amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
)
export type Command = typeof command extends fc.Arbitrary<infer T> ? T : never
/** Commands that run at the same time; `twice`: each in two processes at once. */
export const batch = fc.record({
  commands: fc.array(command, { minLength: 1, maxLength: 6 }),
  twice: fc.boolean(),
})
export const setting = fc.record({
  per: fc.constantFrom(...PRICE_PERS),
  credit: fc.constantFrom(0n, 500_000n),
  funds: fc.constantFrom(0n, 700_000n, 3_000_000n),
})
type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never

/** A tenant with that price, credit limit and balance. */
export async function newClient(test: TestApp, { per, credit, funds }: Setting): Promise<ClientContext> {
  const { sql } = test.app.db
  const tenantId = newId()
  await sql`
    insert into tenants (id, name, default_region, credit_limit_micros) values (${tenantId}, 'p', 'RU', ${credit})`
  await sql`insert into policies values (${tenantId}, ${JSON.stringify(NO_LIMITS)}::jsonb, now())`
  await sql`
    insert into prices (id, tenant_id, prefix, channel, per, amount_micros, currency, valid_from)
    values (${newId()}, ${tenantId}, '+7', 'flash_call', ${per}, 350000, 'RUB', '2020-01-01')`
  const client = test.clientContext(tenantId, { livemode: true })
  if (funds > 0n) await topUp(client, { amount: funds, currency: 'RUB', reference: null })
  return client
}

/** Tolerates user mistakes and a briefly lost database, nothing else. */
export async function tolerate(doing: Promise<unknown>): Promise<void> {
  await doing.catch((error: unknown) => {
    const cause = (error as Error).cause ?? error
    if (!(error instanceof AppError) && !isOutage(cause)) throw error
  })
}

/** Runs a command on the tenant, or on one of its verifications, whose ids are in `seen`. */
export async function run(client: ClientContext, one: Command, seen: string[]): Promise<unknown> {
  const id = 'which' in one ? seen[one.which % Math.max(1, seen.length)] : undefined
  if ('which' in one && !id) return
  const worker = { ...client, actor: { type: 'worker' as const } }
  const shown = publicId('verification', id ?? newId())
  switch (one.kind) {
    case 'start': {
      const started = await begin(client, { phone: one.phone })
      seen.push(parseId('verification', started.id) ?? '')
      return
    }
    case 'call':
      return call(worker, id ?? '', one.answer)
    case 'end':
      return endCall(worker, id ?? '', one)
    case 'confirm':
      return confirm(client, { id: shown, code: CODE })
    case 'retry':
      await client.db.sql`
        update attempts set placing_at = placing_at - interval '1 minute' where verification_id = ${id ?? null}`
      return retry(client, { id: shown })
    case 'cancel':
      return cancel(client, { id: shown })
    case 'expire':
      await client.db.sql`
      with moved as (update verifications set expires_at = now() - interval '1 s' where id = ${id ?? null} and completed_at is null returning id, expires_at)
      update live_verifications l set expires_at = moved.expires_at from moved where moved.id = l.verification_id`
      return change(worker, {
        ...base(id ?? ''),
        decide(draft) {
          if (isOverdue(draft)) expire(draft)
        },
      })
    case 'settle':
      return settleAll(worker, id ?? '', one.found ? { status: one.status, cost: one.cost } : null)
    case 'stale':
      await client.db.sql`
        with aged as (
          update attempts set ended_at = ended_at - interval '49 hours' where verification_id = ${id ?? null} returning id)
        update due_attempts set slot = 0 where attempt_id in (select id from aged)`
      return releaseStale(worker)
    case 'topup':
      return topUp(client, { amount: one.amount, currency: 'RUB', reference: null })
    case 'credit':
      return adjust(client, {
        direction: 'credit',
        amount: one.amount,
        currency: 'RUB',
        reason: 'because',
        reference: null,
      })
    case 'crash':
      return client.db.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and random() < 0.5`
  }
}

/** Claims queued calls and answers for the operator. */
async function call(worker: Context, id: string, answer: PlaceOutcome): Promise<void> {
  const job = { verification: id, attempt: await queuedOf(worker, id) }
  const call = await claimCall(worker, job)
  if (call) await concludeCall(worker, job, call, answer)
}

async function queuedOf({ db }: Context, id: string): Promise<string> {
  const [row] = await db.sql<{ id: string }[]>`
    select id from attempts where verification_id = ${id} and status = 'queued' limit 1`
  return row?.id ?? newId()
}

/** Ends a call in flight, as a poll or a search would. Locks the money only if another call may follow. */
async function endCall(worker: Context, id: string, { status, cost }: Command & { kind: 'end' }) {
  const end = { assumed: false, detail: '', costMicros: cost }
  const isQuiet = status === 'answered' || status === 'busy' || status === 'no_answer'
  if (isQuiet) {
    await change(worker, {
      ...base(id),
      needs: ['costs'],
      decide(draft) {
        const attempt = draft.attempts.find((one) => one.status === 'placed')
        if (attempt) endQuietly(draft, attempt, { ...end, status })
      },
    })
    return
  }
  await change(worker, {
    ...base(id),
    needs: NEXT_CALL,
    decide(draft) {
      const attempt = draft.attempts.find((one) => one.status === 'placed' || one.status === 'placing')
      const isPossible = attempt?.status === 'placed' || status === 'unknown'
      if (attempt && isPossible) endAttempt(draft, attempt, { ...end, status })
    },
  })
}

async function settleAll(
  worker: Context,
  id: string,
  found: { status: EndedStatus; cost: bigint | null } | null,
): Promise<void> {
  const calls = await worker.db.sql<OwnCall[]>`
    select a.*, v.phone from attempts a join verifications v on v.id = a.verification_id
    where a.verification_id = ${id} and a.status = 'unknown'`
  for (const own of calls) {
    const result = found && {
      status: found.status as 'answered',
      assumed: false,
      costMicros: found.cost,
    }
    const record = result && {
      row: `row ${own.id}`,
      callId: null,
      at: new Date(),
      zoned: true,
      phone: own.phone,
      code: null,
      result,
      detail: '',
    }
    await settleUnknown(worker, own, record)
  }
}

/** Ends every call and verification: then no hold may be left. */
export async function endAll(client: ClientContext, seen: string[]): Promise<void> {
  const worker = { ...client, actor: { type: 'worker' as const } }
  const ends = [...new Set(seen)].map(async (id) => {
    await patiently(() => run(client, { kind: 'expire', which: 0 }, [id]))
    for (let open = 0; open < 4; open++) {
      await patiently(() => run(client, { kind: 'end', which: 0, status: 'unknown', cost: null }, [id]))
    }
    await patiently(() => settleAll(worker, id, null))
  })
  await Promise.all(ends)
}

async function patiently(doing: () => Promise<unknown>): Promise<void> {
  for (let tries = 5; ; tries--) {
    try {
      await doing()
      return
    } catch (error) {
      if (error instanceof AppError && error.code !== 'unavailable') return
      if (tries === 0) throw error
    }
  }
}

const base = (verificationId: string) => ({
  verificationId,
  owner: null,
  author: { actor: 'worker', requestId: null },
})

/** The tenant's reserved money. */
export async function reserved({ db, actor }: ClientContext): Promise<bigint> {
  const [row] = await db.sql<{ sum: bigint }[]>`
    select coalesce(sum(balance_micros), 0)::bigint as sum from ledger_balances
    where owner_id = ${actor.tenantId} and account = 'reserved'`
  return row?.sum ?? 0n
}

/**
 * Checks that the tenant's balances are the sums of its entries and calls, and that it owes no more than the
 * credit limit.
 */
export async function check({ db, actor }: ClientContext, credit: bigint): Promise<void> {
  const { tenantId } = actor
  let rows: Record<string, bigint>[] = []
  await patiently(async () => {
    rows = await db.sql<Record<string, bigint>[]>`
      with b as (select account, sum(balance_micros) as s from ledger_balances where owner_id = ${tenantId} group by 1),
        e as (select account, sum(amount_micros) as s from ledger_entries where owner_id = ${tenantId} group by 1),
        c as (select a.charge, sum(a.price_micros) as s from attempts a join verifications v on v.id = a.verification_id
          where v.tenant_id = ${tenantId} group by 1)
      select
        (select count(*) from b full join e using (account) where coalesce(b.s, 0) <> coalesce(e.s, 0)) as wrong,
        (select coalesce(sum(s), 0)::bigint from b where account = 'funds') as funds,
        (select coalesce(sum(s), 0)::bigint from b) as total,
        (select coalesce(sum(s), 0)::bigint from b where account = 'reserved')
          - (select coalesce(sum(s), 0)::bigint from c where charge = 'reserved') as reserved,
        (select coalesce(sum(s), 0)::bigint from b where account = 'revenue')
          - (select coalesce(sum(s), 0)::bigint from c where charge = 'captured') as revenue`
  })
  const [found] = rows
  expect(found).toMatchObject({ wrong: 0n, total: 0n, reserved: 0n, revenue: 0n })
  expect((found?.funds ?? 0n) + credit >= 0n).toBe(true)
}
