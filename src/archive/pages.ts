import { monthOfId } from '../audit/archives.ts'
import { type Checkpoint, checkpointsOf, leavesOf } from '../audit/verify/checkpoints.ts'
import type { Sql, Tx } from '../db/client.ts'
import type { Month } from './months.ts'

/** Rows per read. */
const BATCH = 500
/** Leaves per line: 64 bytes each. */
const LEAVES = 512

/** All events of a verification come within this time of its start: unknown calls are settled within days. */
const AFTERMATH_MS = 8 * 86_400_000

/** Ends in `.ndjson.gz`. */
export const fileOf = (table: string) => `${table}.ndjson.gz`

/** The tables that are exported by their key; the first column is the verification. */
const KEYS: Record<string, readonly [string, ...string[]]> = {
  verifications: ['id'],
  attempts: ['verification_id', 'ordinal'],
  ledger_transactions: ['verification_id', 'id'],
  compat_calls: ['verification_id'],
}

/** What a month is exported as, by table, in pages of rows as JSON. Which operators were asked is in `attempts`. */
export function pagesOf(
  sql: Sql,
  month: Month,
  tables: readonly string[],
): [table: string, pages: AsyncIterable<string[]>][] {
  return [
    ...Object.keys(KEYS)
      .filter((table) => table === 'compat_calls' || tables.includes(table))
      .map((table): [string, AsyncIterable<string[]>] => [table, byKey(sql, month, table)]),
    ['audit_events', byHour(sql, month)],
    ['checkpoints', checkpointLines(sql, month)],
  ]
}

async function* byKey(sql: Sql, month: Month, table: string): AsyncIterable<string[]> {
  const key = KEYS[table] ?? ['id']
  const [columns, owner] = [key.join(', '), key[0]]
  const source = table === 'compat_calls' ? table : month.part(table)
  const from = `${owner} >= $1 and ${owner} < $2`
  for (let after: string[] | null = null; ; ) {
    const behind = after ? `and (${columns}) > (${key.map((_, i) => `$${i + 3}`).join(', ')})` : ''
    const query = `
      select row_to_json(r)::text as line, array[${key.map((name) => `${name}::text`).join(', ')}] as key
      from ${source} r where ${from} ${behind} order by ${columns} limit ${BATCH}`
    const values = [month.fromId, month.toId, ...(after ?? [])]
    const rows: { line: string; key: string[] }[] = await inUtc(sql, (tx) => tx.unsafe(query, values))
    if (rows.length > 0) yield rows.map(({ line }) => line)
    after = rows.at(-1)?.key ?? null
    if (!after || rows.length < BATCH) return
  }
}

/** The audit in the order in which it was sealed, so that file and leaves can be compared line by line. */
async function* byHour(sql: Sql, month: Month): AsyncIterable<string[]> {
  for (const { hour } of await hoursOf(sql, month))
    yield* inTransaction(sql, (tx) => linesOfHour(tx, month, hour))
}

async function* linesOfHour(tx: Tx, month: Month, hour: Date): AsyncIterable<string[]> {
  const part = tx.unsafe(month.part('audit_events'))
  await prepareReading(tx)
  await tx`
    declare archiving no scroll cursor for select row_to_json(r)::text as line from ${part} r
    where at >= ${hour} and at < ${hour}::timestamptz + interval '1 hour' order by at, id`
  for (;;) {
    const rows = await tx<{ line: string }[]>`${tx.unsafe(`fetch ${BATCH} from archiving`)}`
    if (rows.length > 0) yield rows.map(({ line }) => line)
    if (rows.length < BATCH) return
  }
}

/** A line of `checkpoints`: a checkpoint, then its leaves. */
export type CheckpointLine = {
  id: string
  number: number
  hour: string
  events: number
  prev_hash: string
  hash: string
  kid: string
  signature: string
}
/** 64 bytes each, in base64. */
export type LeavesLine = { leaves: string }

/**
 * The checkpoints that cover the month's events, each with all of its leaves: without them its hash proves nothing. Also
 * those whose events are all missing.
 */
async function* checkpointLines(sql: Sql, month: Month): AsyncIterable<string[]> {
  const hours = new Set((await hoursOf(sql, month)).map(({ hour }) => hour.getTime()))
  for await (const checkpoint of checkpointsOf(sql, { from: month.from, to: null })) {
    const { id, hour } = checkpoint
    const mayHold = hour.getTime() < month.to.getTime() + AFTERMATH_MS
    if (!hours.has(hour.getTime()) && !(mayHold && (await holds(sql, id, month)))) continue
    yield [checkpointLine(checkpoint)]
    let leaves: Buffer[] = []
    for await (const { bytes } of leavesOf(sql, id)) {
      leaves.push(bytes)
      if (leaves.length < LEAVES) continue
      yield [leavesLine(leaves)]
      leaves = []
    }
    if (leaves.length > 0) yield [leavesLine(leaves)]
  }
}

/** Whether an event of the month's verifications was sealed in a checkpoint. */
async function holds(sql: Sql, checkpointId: string, { name }: Month): Promise<boolean> {
  for await (const { verificationId } of leavesOf(sql, checkpointId)) {
    if (verificationId && monthOfId(verificationId) === name) return true
  }
  return false
}

function checkpointLine({ id, number, hour, events, prevHash, hash, kid, signature }: Checkpoint): string {
  return JSON.stringify({
    id,
    number,
    hour: hour.toISOString(),
    events,
    prev_hash: prevHash.toString('hex'),
    hash: hash.toString('hex'),
    kid,
    signature,
  } satisfies CheckpointLine)
}

const leavesLine = (leaves: Buffer[]) =>
  JSON.stringify({ leaves: Buffer.concat(leaves).toString('base64') } satisfies LeavesLine)

/** The hours in which events of the month's verifications were written, oldest first. */
function hoursOf(sql: Sql, month: Month): Promise<{ hour: Date }[]> {
  return inUtc(
    sql,
    (tx) => tx<{ hour: Date }[]>`
      select distinct date_trunc('hour', at, 'UTC') as hour from ${tx.unsafe(month.part('audit_events'))} order by 1`,
  )
}

/** Reads however long it takes, and however slow the disk is that it goes to; times come out in UTC, bytes in hex. */
export function inUtc<T>(sql: Sql, read: (tx: Tx) => PromiseLike<T>): Promise<T> {
  return sql.begin(MODE, async (tx) => {
    await prepareReading(tx)
    return read(tx)
  })
}

const MODE = 'isolation level repeatable read read only'

const prepareReading = (tx: Tx) =>
  tx`
    select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true),
      set_config('enable_seqscan', 'on', true), set_config('timezone', 'UTC', true), set_config('bytea_output', 'hex', true)`

/** Yields what is read in one transaction, which ends with the reader. */
async function* inTransaction<T>(sql: Sql, read: (tx: Tx) => AsyncIterable<T>): AsyncIterable<T> {
  const begun = Promise.withResolvers<Tx>()
  const end = Promise.withResolvers<void>()
  const over = sql.begin(MODE, (tx) => {
    begun.resolve(tx)
    return end.promise
  })
  over.catch(begun.reject)
  try {
    yield* read(await begun.promise)
  } finally {
    end.resolve()
    await over
  }
}
