import { setTimeout as sleep } from 'node:timers/promises'
import { send } from '../exchange/send.ts'
import { describeError } from '../process/log.ts'
import type { Member } from './visit.ts'

const LOOK_MS = 500
/** A stream ends after this; the browser then opens another one. */
const LIFE_MS = 55_000
const HEARTBEAT_MS = 15_000

export type Pulse = { version: string; final: boolean }

/** Server-sent events: `change` for each new version that `look` returns, every `lookMs` milliseconds; `end` once it is final. */
export async function sendNews(
  member: Member,
  look: () => Promise<Pulse>,
  lookMs = LOOK_MS,
): Promise<Response> {
  // A failure here still becomes an error page: no header has been sent.
  await look()
  return send(member.c, {
    status: 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
    stream: news(member, look, lookMs),
  })
}

async function* news(member: Member, look: () => Promise<Pulse>, lookMs: number): AsyncIterable<string> {
  const { c, query, app } = member
  let seen = c.req.header('last-event-id') ?? query.seen ?? ''
  const startedAt = performance.now()
  let saidAt = startedAt
  try {
    yield 'retry: 1000\n\n'
    while (performance.now() - startedAt < LIFE_MS) {
      if (c.get('exchange').service.draining || !(await member.isStillLoggedIn())) return
      const { version, final } = await look()
      if (version !== seen) {
        seen = version
        saidAt = performance.now()
        yield `id: ${version}\nevent: change\ndata: ${version}\n\n`
      }
      if (final) {
        yield 'event: end\ndata: end\n\n'
        return
      }
      if (performance.now() - saidAt > HEARTBEAT_MS) {
        saidAt = performance.now()
        yield ': heartbeat\n\n'
      }
      await sleep(lookMs)
    }
  } catch (error) {
    app.log.warn(describeError(error), 'stream of news failed')
  }
}
