import { z } from 'zod'
import { say } from '../../words/text.ts'
import { readTime } from '../dates.ts'
import { RECORDS_LIMIT_BYTES } from '../http.ts'
import { ProviderFault } from '../provider.ts'
import { namesAnotherId } from '../read.ts'
import { answeredAt } from '../records.ts'
import { type NarayanaAccount, secretsOf, valueFrom } from './request.ts'
import { type Entry, type LogRow, logRow, offsetOf, toEntries, zoneHours } from './wire.ts'

/** How many of the newest rows are asked for, until they reach back far enough. */
const LIMITS = [200, 800, 3_200, 12_800, 20_000]

const ZONE_KEPT_MS = 3_600_000
/** A row further in the future means that the user's zone has changed. */
const FUTURE_MS = 5 * 60_000
const LOGS_MAX = 1_000

/**
 * What a caller needs of the log: a row with this id, or else every row since `from`. Without an id every row,
 * with its time.
 */
type Need = { id: string | null; from: Date }

export type Reading = {
  entries: Entry[]
  answeredAt: Date | null
  /** Whether the log certainly holds everything since `from`. */
  reaches(from: Date): boolean
}

type Waiting = {
  account: NarayanaAccount
  need: Need
  resolve(reading: Reading): void
  reject(error: unknown): void
}

/** What a process knows of an account's log. `isDue`: a reading is planned or in progress. */
type Log = {
  waiting: Waiting[]
  isDue: boolean
  readAt: number
  zone: { offset: string; readAt: number } | null
  /** Whether a row with the id of a call was seen: calls without such a row are then not in the log. */
  hasIds: boolean
}

const logs = new Map<string, Log>()

function logOf({ id, baseUrl, credentials }: NarayanaAccount): Log {
  const key = JSON.stringify([id, baseUrl, credentials])
  const known = logs.get(key)
  if (known) return known
  for (const [other, { waiting }] of logs) {
    if (logs.size < LOGS_MAX) break
    if (waiting.length === 0) logs.delete(other)
  }
  const log: Log = { waiting: [], isDue: false, readAt: Number.NEGATIVE_INFINITY, zone: null, hasIds: false }
  logs.set(key, log)
  return log
}

/** Whether the ids of calls are known to be those of their rows. */
export const hasIds = (account: NarayanaAccount): boolean => logOf(account).hasIds

/**
 * Reads the log (`getLogs`). Callers of three tenths of `log_every_ms` share one reading, and between two
 * readings there are at least `log_every_ms`. Throws `ProviderFault`.
 */
export function readLog(account: NarayanaAccount, need: Need): Promise<Reading> {
  const log = logOf(account)
  return new Promise((resolve, reject) => {
    log.waiting.push({ account, need, resolve, reject })
    if (!log.isDue) plan(log, account.settings.log_every_ms)
  })
}

function plan(log: Log, everyMs: number): void {
  log.isDue = true
  const waitMs = Math.max(0.3 * everyMs, log.readAt + everyMs - performance.now())
  setTimeout(() => void readForAll(log), waitMs)
}

async function readForAll(log: Log): Promise<void> {
  const waiting = log.waiting.splice(0)
  const account = waiting.at(-1)?.account
  if (!account) return
  const needs = waiting.map(({ need }) => need)
  try {
    const reading = await read(account, log, needs)
    for (const { resolve } of waiting) resolve(reading)
  } catch (error) {
    for (const { reject } of waiting) reject(error)
  }
  log.readAt = performance.now()
  log.isDue = false
  if (log.waiting.length > 0) plan(log, account.settings.log_every_ms)
}

async function read(account: NarayanaAccount, log: Log, needs: readonly Need[]): Promise<Reading> {
  const secrets = secretsOf(account)
  for (const limit of LIMITS) {
    const { rows, answered } = await lastRows(account, limit)
    const isNamed = ({ id }: Need) => id !== null && rows.some((row) => isOf(row, id))
    if (needs.some(isNamed)) log.hasIds = true
    // Without times: the zone is not needed to find a row by its id.
    if (needs.every(isNamed)) {
      return { entries: toEntries(rows, '+00:00', secrets), answeredAt: answered, reaches: () => false }
    }
    const offset = await zoneOf(account, log, rows)
    const oldest = Math.min(...rows.map((row) => timeOf(row, offset) ?? Number.POSITIVE_INFINITY))
    const isWhole = rows.length < limit && !isClipped(rows.length)
    const reaches = (from: Date) => isWhole || oldest < from.getTime()
    const isEnough = needs.every((need) => isNamed(need) || reaches(need.from))
    if (isEnough || rows.length < limit || limit === LIMITS.at(-1)) {
      return { entries: toEntries(rows, offset, secrets), answeredAt: answered, reaches }
    }
  }
  throw new ProviderFault('bad_answer', say('note_log_short'))
}

export const isOf = ({ id }: { id?: string | null | undefined }, callId: string): boolean =>
  (id ?? '') !== '' && !namesAnotherId(id, callId)

const timeOf = (row: LogRow, offset: string) => readTime(row.clientdate, offset)?.at.getTime() ?? null

/**
 * ASSUMPTION: a server that returns fewer rows than asked for, and a round number of them, has a limit of its own
 * («limit [100]»), so older rows may exist.
 */
const isClipped = (rows: number) => rows >= 50 && (rows % 50 === 0 || (rows & (rows - 1)) === 0)

/** Lua, which the operator's software is written in, writes an empty list as `{}`. */
const rowsOf = z.union([
  z.array(logRow.catch({ status: '' })),
  z.strictObject({}).transform((): LogRow[] => []),
])

async function lastRows(account: NarayanaAccount, limit: number) {
  let answered: Date | null = null
  const value = await valueFrom(
    account,
    'getLogs',
    { limit: String(limit) },
    {
      limitBytes: RECORDS_LIMIT_BYTES,
      onAnswer: (answer) => {
        answered = answeredAt(answer)
      },
    },
  )
  const rows = rowsOf.safeParse(value).data
  if (!rows) throw new ProviderFault('bad_answer', say('note_incomplete', { missing: 'rows' }))
  return { rows, answered: answered as Date | null }
}

/** The zone of the user's times: the account's setting, or `getValue?property=timezone`, read once an hour. */
async function zoneOf(account: NarayanaAccount, log: Log, rows: readonly LogRow[]): Promise<string> {
  const { timezone_hours } = account.settings
  if (timezone_hours !== null) return offsetOf(timezone_hours)
  const { zone } = log
  const isAhead = (row: LogRow) => (timeOf(row, zone?.offset ?? '') ?? 0) > Date.now() + FUTURE_MS
  const ageMs = zone ? Date.now() - zone.readAt : Number.POSITIVE_INFINITY
  const isSuspect = ageMs > 60_000 && rows.some(isAhead)
  if (zone && ageMs < ZONE_KEPT_MS && !isSuspect) return zone.offset
  const { data: hours } = zoneHours.safeParse(await valueFrom(account, 'getValue', { property: 'timezone' }))
  if (hours === undefined)
    throw new ProviderFault('bad_answer', say('note_incomplete', { missing: 'timezone' }))
  log.zone = { offset: offsetOf(hours), readAt: Date.now() }
  return log.zone.offset
}
