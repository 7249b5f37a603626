import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { sandboxInbound } from '../../src/calls/sandbox-calls.ts'
import type { ClientContext } from '../../src/context.ts'
import { get } from '../../src/verifications/read.ts'
import type { StartInput } from '../../src/verifications/schemas.ts'
import type { TestApp } from '../setup/app.ts'
import { begin, jobOf, namespace, uuidOf } from '../verifications/support.ts'

export const inbound = { channel: 'inbound_call', wait_seconds: 45 } as const

/** What happens to inbound calls of a test app. */
export function inboundOf(test: TestApp, client: ClientContext) {
  return {
    /** Of its simulated operators. */
    namespace: namespace(test, client),
    /** Starts a verification and has the operator give the number of its first attempt. */
    async await(input: Partial<StartInput> = { channel: 'inbound_call' }, as = client) {
      const started = await begin(as, input)
      await place(test.worker, await jobOf(test, started.id))
      const { call_to } = await get(as, started)
      return { ...started, number: call_to?.number ?? '' }
    },
    /** The phone calls the number; an operator may be waiting. */
    callIn: async (from: string, to: string, as = client) => (await sandboxInbound(as, { from, to })).awaited,
    async pollOnce(id: string, nth = 0) {
      await poll(test.worker, await jobOf(test, id, nth))
    },
    /** The operator no longer waits: the time of an attempt is over. */
    async letTimeEnd(id: string) {
      await test.app.db.sql`
        update attempts set deadline_at = now() - interval '1 ms' where verification_id = ${uuidOf(id)} and ended_at is null`
    },
  }
}
