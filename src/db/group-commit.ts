import type { Span } from '@opentelemetry/api'
import { AppError } from '../errors.ts'
import { inSharedSpan, inSpan, jobTrace } from '../process/tracing.ts'
import { say } from '../words/text.ts'
import { isOutage } from './client.ts'

export type Group<Item, Result> = {
  /**
   * Resolves when the item's transaction has committed. Rejects with `unavailable` if too many items wait.
   */
  submit(item: Item): Promise<Result>
  /** Resolves when no item is waiting or in progress. */
  idle(): Promise<void>
}

type Entry<Item, Result> = {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
  /** The item's span, from `submit` to its commit. */
  span: Span | null
  /** The trace of jobs that the item queues. */
  trace: string | undefined
}

/** The last code: a statement prepared before a migration. */
const RETRYABLE = new Set(['40001', '40P01', '23505', '0A000'])
const TRIES = 4

/**
 * Group commit: items that arrive during a commit share the next one. `run` does one transaction for its
 * items and returns their results in order. When a group fails, its items run again one by one, so that a bad
 * one fails alone; after an outage nothing runs again, since the commit may have happened. `run` also gets the
 * trace of each item; `name` is that of its spans.
 */
export function createGroup<Item, Result>(
  name: string,
  run: (items: Item[], traces: (string | undefined)[]) => Promise<Result[]>,
  { maxRows = 256, maxInFlight = 3, maxWaiting = 4096 } = {},
): Group<Item, Result> {
  const waiting: Entry<Item, Result>[] = []
  let inFlight = 0
  let scheduled = false
  let onIdle: (() => void)[] = []

  function schedule(): void {
    if (scheduled || waiting.length === 0 || inFlight >= maxInFlight) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      const entries = waiting.splice(0, maxRows)
      inFlight++
      commit(entries).finally(() => {
        inFlight--
        schedule()
        if (inFlight === 0 && waiting.length === 0) {
          for (const wake of onIdle) wake()
          onIdle = []
        }
      })
      schedule()
    })
  }

  function runAll(entries: Entry<Item, Result>[]): Promise<Result[]> {
    return inSharedSpan(
      `${name} (group)`,
      entries.map(({ span }) => span),
      () =>
        run(
          entries.map(({ item }) => item),
          entries.map(({ trace }) => trace),
        ),
    )
  }

  async function commit(entries: Entry<Item, Result>[]): Promise<void> {
    try {
      const results = await runAll(entries)
      for (const [i, entry] of entries.entries()) entry.resolve(results[i] as Result)
    } catch (error) {
      if (isOutage(error)) {
        for (const entry of entries) entry.reject(error)
      } else if (entries.length === 1 && entries[0]) {
        await commitAlone(entries[0], error)
      } else {
        for (const entry of entries) await commitAlone(entry, null)
      }
    }
  }

  async function commitAlone(entry: Entry<Item, Result>, failure: unknown): Promise<void> {
    let error = failure
    for (let tries = failure ? 1 : 0; tries < TRIES; tries++) {
      if (error && !RETRYABLE.has((error as { code?: string }).code ?? '')) break
      try {
        const [result] = await runAll([entry])
        entry.resolve(result as Result)
        return
      } catch (next) {
        error = next
      }
    }
    entry.reject(error)
  }

  return {
    submit(item) {
      if (waiting.length >= maxWaiting) {
        return Promise.reject(
          new AppError('unavailable', { detail: say('starts_at_capacity'), retryAfterSeconds: 1 }),
        )
      }
      const trace = jobTrace()
      return inSpan(name, {}, (span) => {
        return new Promise((resolve, reject) => {
          waiting.push({ item, resolve, reject, span, trace })
          schedule()
        })
      })
    },
    idle() {
      if (inFlight === 0 && waiting.length === 0) return Promise.resolve()
      return new Promise((resolve) => {
        onIdle.push(resolve)
      })
    },
  }
}
