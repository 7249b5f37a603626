import { AppError } from '../../errors.ts'
import { shedRequests } from '../../metrics.ts'
import type { Middleware } from '../exchange.ts'

/** Whoever asks these must be answered above all when there is too much to do. */
const ALWAYS = new Set(['/healthz', '/readyz', '/metrics'])

/** Made once: the stack of every new error would cost as much as the rest of the answer. */
const FULL = new AppError('unavailable', {
  detail: 'More is asked than can be done at the moment. Nothing was begun.',
  retryAfterSeconds: 1,
})

/** How many are refused in one turn of the event loop. */
const REFUSED_AT_A_TIME = 32

/**
 * Lets at most `most` requests in at a time; more are answered 503, before a key is looked up or a body read. What is let
 * in then waits for no more than `most` others, however many are sent: those that are refused take turns, a few in each turn of the
 * event loop, so that answering them holds up nobody who was let in.
 */
export function overload(most: number): Middleware {
  let inside = 0
  const refused = createTurns(REFUSED_AT_A_TIME)
  return async function overload(c, next) {
    if (ALWAYS.has(c.req.path)) return next()
    if (inside >= most) {
      shedRequests.inc()
      await refused.turn()
      throw FULL
    }
    let counted = true
    let over = false
    inside += 1
    const { incoming } = c.env ?? {}
    // Whoever sends slowly must not keep others out: a request whose body is still on its way does not count.
    setImmediate(() => {
      if (over || incoming?.complete !== false) return
      counted = false
      inside -= 1
      incoming.once('end', () => {
        if (over) return
        counted = true
        inside += 1
      })
    })
    try {
      await next()
    } finally {
      over = true
      if (counted) inside -= 1
    }
  }
}

/** Whoever waits goes on in the order of coming, at most `atATime` in each turn of the event loop. */
function createTurns(atATime: number) {
  const waiting: (() => void)[] = []
  function serve(): void {
    for (const go of waiting.splice(0, atATime)) go()
    if (waiting.length > 0) setImmediate(serve)
  }
  return {
    turn(): Promise<void> {
      return new Promise((resolve) => {
        if (waiting.push(resolve) === 1) setImmediate(serve)
      })
    },
  }
}
