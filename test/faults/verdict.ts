import postgres from 'postgres'
import { verifyLedger } from '../../src/billing/verify.ts'
import { openDb } from '../../src/db/client.ts'
import { parseId, publicId } from '../../src/values/ids.ts'
import type { Stack } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'
import type { OperatorAccount } from './operators.ts'

/** `perhaps`: an attempt ended as unknown; the phone may have rung, and its code may still be typed. */
type Row = {
  id: string
  phone: string
  status: string
  /** Waits for its next step. */
  waits: boolean
  open: number
  perhaps: boolean
}
/** What an operator’s side knows: what it dialled, and what phones received. */
export type Judged = Pick<OperatorAccount, 'id' | 'ledger' | 'received'>
type Claimed = { account: string; channel: string; phone: string; attempts: number }

/** Verifications judged at the same time. */
const AT_ONCE = 20

function isUndecided({ status, waits, open, perhaps }: Row): boolean {
  return open > 0 || waits || (['pending', 'calling'].includes(status) && !perhaps)
}

/**
 * How the verifications ended, and every broken guarantee. `calls`: calls and messages by channel; `steps`: how
 * many began after the first of a verification.
 */
export type Verdict = {
  statuses: Record<string, number>
  calls: Record<string, number>
  steps: number
  problems: string[]
}

/**
 * Waits until every verification has settled by itself, types the codes of delivered ones, and compares what
 * the operators dialled with the attempts in the database. `known`: the ids of starts that were answered with
 * 201.
 */
export async function judge(
  stack: Stack,
  databaseUrl: string,
  accounts: readonly Judged[],
  known: readonly string[],
  { timeoutMs = 90_000 } = {},
): Promise<Verdict> {
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} })
  const problems: string[] = []
  const read = () => sql<Row[]>`
    select v.id, v.phone, v.status, v.next_at is not null as waits, count(a.id) filter (where a.ended_at is null)::int as open,
      coalesce(bool_or(a.status = 'unknown' and a.code_hash is not null), false) as perhaps
    from verifications v left join attempts a on a.verification_id = v.id group by v.id order by v.id`
  try {
    await waitFor(async () => !(await read()).some(isUndecided), {
      timeoutMs,
      what: 'every verification and every call to end',
    }).catch((error: Error) => problems.push(error.message))
    const rows = await read()
    for (const row of rows) {
      if (isUndecided(row)) problems.push(`${row.id} is ${row.status} with ${row.open} open attempts`)
    }
    const stored = new Set(rows.map((row) => row.id))
    for (const id of known) {
      if (!stored.has(parseId('verification', id) ?? '')) problems.push(`${id} was accepted and is lost`)
    }
    for (let i = 0; i < rows.length; i += AT_ONCE) {
      await Promise.all(rows.slice(i, i + AT_ONCE).map((row) => judgeOne(stack, row, accounts, problems)))
    }
    const calls = await compareLedgers(sql, accounts, problems)
    const steps = await judgeSteps(sql, problems)
    await judgeMoney(databaseUrl, problems)
    const statuses: Record<string, number> = {}
    for (const { status } of await read()) statuses[status] = (statuses[status] ?? 0) + 1
    return { statuses, calls, steps, problems }
  } finally {
    await sql.end()
  }
}

async function judgeOne(stack: Stack, row: Row, accounts: readonly Judged[], problems: string[]) {
  if (row.status === 'delivered' && !(await confirm(stack, row, accounts))) {
    problems.push(`${row.id} was delivered, and none of its codes is right`)
  }
  const path = `/v1/verifications/${publicId('verification', row.id)}/audit`
  const audit = await stack.request('GET', path, { key: stack.adminKey })
  if (audit.body?.chain !== 'intact') problems.push(`${row.id}: its audit is ${audit.text.slice(0, 100)}`)
}

async function confirm(stack: Stack, { id, phone }: Row, accounts: readonly Judged[]): Promise<boolean> {
  const received = (await Promise.all(accounts.map((account) => account.received(phone)))).flat()
  const path = `/v1/verifications/${publicId('verification', id)}/confirm`
  for (const code of received) {
    const answer = await stack.request('POST', path, { key: stack.adminKey, body: { code } })
    if (answer.status === 200) return true
  }
  return false
}

/**
 * Checks that no operator dialled a phone, or sent it a message, more often than attempts asked for. Returns the
 * number of calls and messages by channel.
 */
async function compareLedgers(
  sql: postgres.Sql,
  accounts: readonly Judged[],
  problems: string[],
): Promise<Record<string, number>> {
  const claimed = await sql<Claimed[]>`
    select a.account_id as account, a.channel, v.phone, count(*)::int as attempts
    from attempts a join verifications v on v.id = a.verification_id
    where a.placing_at is not null group by 1, 2, 3`
  const asked = new Map(
    claimed.map(({ account, channel, phone, attempts }) => [`${account} ${channel} ${phone}`, attempts]),
  )
  const calls: Record<string, number> = {}
  for (const account of accounts) {
    const entries = await account.ledger()
    for (const { channel } of entries) calls[channel] = (calls[channel] ?? 0) + 1
    const byPhone = Map.groupBy(entries, ({ channel, phone }) => `${channel} ${phone}`)
    for (const [key, dialled] of byPhone) {
      const attempts = asked.get(`${parseId('account', account.id)} ${key}`) ?? 0
      if (dialled.length > attempts) problems.push(`${dialled.length} × ${key} for ${attempts} attempts`)
    }
  }
  return calls
}

/** Checks that each step of a verification began once, or was skipped. Returns how many began. */
async function judgeSteps(sql: postgres.Sql, problems: string[]): Promise<number> {
  const rows = await sql<{ id: string; step: number; events: string[] }[]>`
    select verification_id as id, (data::json->>'step')::int as step, array_agg(type) as events
    from audit_log where type in ('step.begun', 'step.skipped') group by 1, 2`
  for (const { id, step, events } of rows) {
    if (events.length > 1) problems.push(`${id}: step ${step} has ${events.join(' and ')}`)
  }
  return rows.filter(({ events }) => events.includes('step.begun')).length
}

/** Checks the whole ledger, and that nothing is set aside for a call whose end decided about it. */
async function judgeMoney(databaseUrl: string, problems: string[]): Promise<void> {
  const db = openDb(databaseUrl, { max: 1, name: 'verdict', silenceMs: 0 })
  try {
    for (const { check, subject, detail } of await verifyLedger(db)) {
      problems.push(`${check} of ${subject}: ${detail}`)
    }
    const held = await db.sql<{ id: string; status: string }[]>`
      select id, status from attempts
      where charge = 'reserved' and ended_at is not null and status <> 'unknown' and price_per <> 'approved'`
    for (const { id, status } of held) problems.push(`${id} is ${status} and still has a hold`)
  } finally {
    await db.close()
  }
}
