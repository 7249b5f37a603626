import { AppError } from '../errors.ts'
import { say } from '../words/text.ts'

export type Turns = {
  /** Resolves, when it is the holder's turn, to what ends it. Rejects with 429 or 503 where it will not come soon. */
  take(holder: string): Promise<() => void>
}

export type TurnOptions = {
  /** Turns that can be under way at a time. */
  most: number
  /** Of one holder: what is left is there at once for the next one who comes. */
  mostOfOne: number
  /** How many of one holder may wait. */
  waitingOfOne: number
  patienceMs: number
}

type Waiter = { go(): void; timer: NodeJS.Timeout }
type Line = { busy: number; waiting: Waiter[] }

/** Turns at something scarce: a turn that is free goes to the holder who has the fewest, and among those to who has waited longest for one. */
export function createTurns({ most, mostOfOne, waitingOfOne, patienceMs }: TurnOptions): Turns {
  /** In the order in which they had their last turn. */
  const lines = new Map<string, Line>()
  let busy = 0

  function start(holder: string, line: Line): () => void {
    busy += 1
    line.busy += 1
    // Behind all others.
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

function tooMany(underWay: number, waiting: number): AppError {
  return new AppError('too_many_requests', {
    detail: say('reads_of_tenant', { running: underWay, waiting }),
    retryAfterSeconds: 1,
    rateLimit: { policy: 'reads_at_once', limit: underWay + waiting, windowSeconds: 1, remaining: 0 },
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
