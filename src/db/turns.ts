import { AppError } from '../errors.ts'
import { say } from '../words/text.ts'

export type Turns = {
  /**
   * Resolves on the holder's turn, to a function that ends it. Rejects with 429 or 503 if the turn will not
   * come soon.
   */
  take(holder: string): Promise<() => void>
}

export type TurnOptions = {
  /** Turns in progress at a time. */
  most: number
  /** Turns of one holder in progress at a time: the rest stay free for the next holder. */
  mostOfOne: number
  /** Waiting turns of one holder. */
  waitingOfOne: number
  patienceMs: number
}

type Waiter = { go(): void; timer: NodeJS.Timeout }
type Line = { busy: number; waiting: Waiter[] }

/**
 * Turns at a scarce resource. A free turn goes to the holder with the fewest, and among those to the one
 * whose last turn is longest ago.
 */
export function createTurns({ most, mostOfOne, waitingOfOne, patienceMs }: TurnOptions): Turns {
  /** In the order of their last turns. */
  const lines = new Map<string, Line>()
  let busy = 0

  function start(holder: string, line: Line): () => void {
    busy += 1
    line.busy += 1
    // Moves it to the end.
    lines.delete(holder)
    lines.set(holder, line)
    return once(() => {
      busy -= 1
      line.busy -= 1
      next()
      forgetIdle(holder, line)
    })
  }

  function next(): void {
    if (busy >= most) return
    let chosen: Line | undefined
    for (const line of lines.values()) {
      const mayGo = line.waiting.length > 0 && line.busy < mostOfOne
      if (mayGo && (!chosen || line.busy < chosen.busy)) chosen = line
    }
    chosen?.waiting.shift()?.go()
  }

  function forgetIdle(holder: string, line: Line): void {
    if (line.busy === 0 && line.waiting.length === 0) lines.delete(holder)
  }

  return {
    async take(holder) {
      const line = lines.get(holder) ?? { busy: 0, waiting: [] }
      lines.set(holder, line)
      if (busy < most && line.busy < mostOfOne && line.waiting.length === 0) return start(holder, line)
      if (line.waiting.length >= waitingOfOne) throw tooMany(mostOfOne, waitingOfOne)
      return new Promise((resolve, reject) => {
        const waiter: Waiter = {
          go() {
            clearTimeout(waiter.timer)
            resolve(start(holder, line))
          },
          timer: setTimeout(() => {
            line.waiting.splice(line.waiting.indexOf(waiter), 1)
            forgetIdle(holder, line)
            reject(tooLong())
          }, patienceMs),
        }
        line.waiting.push(waiter)
      })
    },
  }
}

function tooMany(running: number, waiting: number): AppError {
  return new AppError('too_many_requests', {
    detail: say('reads_of_tenant', { running, waiting }),
    retryAfterSeconds: 1,
    rateLimit: { policy: 'reads_at_once', limit: running + waiting, windowSeconds: 1, remaining: 0 },
  })
}

function tooLong(): AppError {
  return new AppError('unavailable', {
    detail: say('reads_at_capacity'),
    retryAfterSeconds: 2,
  })
}

function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}
