import postgres from 'postgres'
import { parseId, publicId } from '../../src/values/ids.ts'
import type { Stack } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'
import type { OperatorAccount } from './operators.ts'

/** `perhaps`: an attempt ended as unknown; the phone may have rung, and its code may still be typed. */
type Row = { id: string; phone: string; status: string; open: number; perhaps: boolean }
type Claimed = { account: string; phone: string; attempts: number }

/** Verifications judged at the same time. */
const AT_ONCE = 20

function isUndecided({ status, open, perhaps }: Row): boolean {
  return open > 0 || (['pending', 'calling'].includes(status) && !perhaps)
}

/** How the verifications ended, and every broken guarantee. */
export type Verdict = { statuses: Record<string, number>; calls: number; problems: string[] }

/**
 * Waits until every verification has settled by itself, types the codes of delivered ones, and compares what
 * the operators dialled with the attempts in the database. `known`: the ids of starts that were answered with
 * 201.
 */
export async function judge(
  stack: Stack,
  databaseUrl: string,
  accounts: OperatorAccount[],
  known: readonly string[],
  { timeoutMs = 60_000 } = {},
): Promise<Verdict> {
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} })
  const problems: string[] = []
  const read = () => sql<Row[]>`
    select v.id, v.phone, v.status, count(a.id) filter (where a.ended_at is null)::int as open,
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
    const statuses: Record<string, number> = {}
    for (const { status } of await read()) statuses[status] = (statuses[status] ?? 0) + 1
    return { statuses, calls, problems }
  } finally {
    await sql.end()
  }
}

async function judgeOne(stack: Stack, row: Row, accounts: OperatorAccount[], problems: string[]) {
  if (row.status === 'delivered' && !(await confirm(stack, row, accounts))) {
    problems.push(`${row.id} was delivered, and none of its codes is right`)
  }
  const path = `/v1/verifications/${publicId('verification', row.id)}/audit`
  const audit = await stack.request('GET', path, { key: stack.adminKey })
  if (audit.body?.chain !== 'intact') problems.push(`${row.id}: its audit is ${audit.text.slice(0, 100)}`)
}

async function confirm(stack: Stack, { id, phone }: Row, accounts: OperatorAccount[]): Promise<boolean> {
  const numbers = (await Promise.all(accounts.map((account) => account.rang(phone)))).flat()
  const path = `/v1/verifications/${publicId('verification', id)}/confirm`
  for (const code of numbers) {
    const answer = await stack.request('POST', path, { key: stack.adminKey, body: { code } })
    if (answer.status === 200) return true
  }
  return false
}

/**
 * Checks that no operator dialled a phone more often than attempts asked for. Returns the number of calls.
 */
async function compareLedgers(
  sql: postgres.Sql,
  accounts: OperatorAccount[],
  problems: string[],
): Promise<number> {
  const claimed = await sql<Claimed[]>`
    select a.account_id as account, v.phone, count(*)::int as attempts
    from attempts a join verifications v on v.id = a.verification_id
    where a.placing_at is not null group by 1, 2`
  const asked = new Map(claimed.map(({ account, phone, attempts }) => [`${account} ${phone}`, attempts]))
  let calls = 0
  for (const account of accounts) {
    const entries = await account.ledger()
    calls += entries.length
    for (const [phone, dialled] of Map.groupBy(entries, (entry) => entry.phone)) {
      const attempts = asked.get(`${parseId('account', account.id)} ${phone}`) ?? 0
      if (dialled.length > attempts)
        problems.push(`${phone} rang ${dialled.length} times for ${attempts} attempts`)
    }
  }
  return calls
}
