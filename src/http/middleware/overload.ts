import { AppError } from '../../errors.ts'
import type { HttpContext, Middleware } from '../../exchange/exchange.ts'
import { shedRequests } from '../../process/metrics.ts'
import { createShares } from '../../process/shares.ts'
import { say } from '../../words/text.ts'

/** Never refused: probes and metrics matter most under overload. */
const ALWAYS = new Set(['/healthz', '/readyz', '/metrics'])

/** One tenant (key, address) alone may hold eight ninths of all places: 256 of 288. */
const TIMES_THE_FREE = 8

/** Created once: capturing a stack per refusal would cost as much as the rest of the response. */
const AT_CAPACITY = new AppError('unavailable', {
  detail: say('at_capacity'),
  retryAfterSeconds: 1,
})

/** Refusals per turn of the event loop. */
const REFUSED_AT_A_TIME = 8

/**
 * Admits at most `most` requests at a time, each tenant up to its share; the rest get 503 before their body
 * is read. As many again may wait for their key to be looked up, each key (or address, without a key) up to
 * its share. Sends only a few refusals per turn of the event loop, so refusing never delays an admitted
 * request.
 */
export function overload(most: number): Middleware {
  const places = createShares(most, TIMES_THE_FREE)
  const refused = createTurns(REFUSED_AT_A_TIME)
  const unknown = createShares(most, TIMES_THE_FREE)

  async function refuse(c: HttpContext): Promise<never> {
    shedRequests.inc()
    c.get('exchange').shed = true
    await refused.turn()
    throw AT_CAPACITY
  }

  return async function overload(c, next) {
    if (ALWAYS.has(c.req.path)) return next()
    const sender = c.req.header('authorization') ?? c.get('exchange').address() ?? ''
    if (!unknown.fits(sender)) return refuse(c)
    let tenant: string | null = null
    let counted = false
    let over = false
    function count(change: 1 | -1): void {
      counted = change === 1
      if (tenant === null) unknown.add(sender, change)
      else places.add(tenant, change)
    }
    count(1)
    c.get('exchange').place = {
      async claim(tenantId) {
        if (over) return
        count(-1)
        if (!places.fits(tenantId)) await refuse(c)
        tenant = tenantId
        count(1)
      },
      pause: () => counted && count(-1),
      resume: () => !over && count(1),
    }
    try {
      await next()
    } finally {
      over = true
      if (counted) count(-1)
    }
  }
}

/** Resumes waiting callers in order, at most `atATime` per turn of the event loop. */
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
