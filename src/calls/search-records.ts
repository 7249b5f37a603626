import type { Context } from '../context.ts'
import type { Attempt } from '../draft/rows.ts'
import { describeError } from '../process/log.ts'
import type { OperatorRecord } from '../providers/provider.ts'
import { operatorOf } from '../routing/operator.ts'
import { publicId } from '../values/ids.ts'
import type { Followed } from './followed.ts'
import { dateBy, type Reading, readingsOf } from './operator-clock.ts'
import { readOwnCalls } from './own-calls.ts'
import { codeIn, hasCodeOf } from './record-code.ts'
import { recordWindow } from './record-window.ts'

/**
 * What a search found: one record that matches (`at` by our clock), none, several, or records that cannot be
 * read.
 */
export type Finding =
  | { kind: 'one'; record: OperatorRecord; at: Date }
  | { kind: 'none' | 'several' | 'unreadable' }

/** Searches the operator's records for a call whose answer was lost. */
export async function search(context: Context, followed: Followed): Promise<Finding> {
  const { provider, account, attempt, phone, now } = followed
  const { placingAt, unclearAt } = attempt
  if (!placingAt || !unclearAt) return { kind: 'none' }
  const window = recordWindow({ ...attempt, placingAt })
  const begun = performance.now()
  try {
    const told = await operatorOf(context, followed).records({ ...window, phone })
    const answered = new Date(now.getTime() + performance.now() - begun)
    const own = await readOwnCalls(context, followed, told.rows, window)
    const readings = readingsOf(told, answered, own.known)
    if (readings.length === 0) return { kind: 'unreadable' }
    const free = withoutCopies(
      told.rows.filter(
        (row) => row.phone === phone && !own.has(row) && hasCodeOf(context.secrets, attempt, row) !== false,
      ),
    )
    for (const reading of readings) {
      const [record, ...others] = free.filter((row) => fits(row, attempt, reading, window))
      if (!record) continue
      return others.length > 0 ? { kind: 'several' } : { kind: 'one', record, at: dateBy(reading, record) }
    }
    return { kind: told.isWhole ? 'none' : 'unreadable' }
  } catch (error) {
    context.log.warn(
      {
        attempt: publicId('attempt', attempt.id),
        account: publicId('account', account.id),
        provider: provider.name,
        ...describeError(error),
      },
      'records not readable',
    )
    return { kind: 'unreadable' }
  }
}

/**
 * Whether a record lies in the window. If the clock is a guess, only records with a code count: the code
 * tells calls apart.
 */
function fits(
  record: OperatorRecord,
  { channel }: Attempt,
  reading: Reading,
  { from, to }: { from: Date; to: Date },
): boolean {
  if (reading.slackMs > 0 && codeIn(record, channel) === null) return false
  const at = dateBy(reading, record).getTime()
  return at >= from.getTime() - reading.slackMs && at <= to.getTime() + reading.slackMs
}

/** Keeps one of several equal rows, preferably one that has an end: they are the same call. */
function withoutCopies(records: readonly OperatorRecord[]): OperatorRecord[] {
  const calls = Map.groupBy(records, ({ callId, at, code }) => [callId, at.getTime(), code].join(' '))
  return [...calls.values()].flatMap((copies) => copies.find(({ result }) => result) ?? copies.slice(0, 1))
}
