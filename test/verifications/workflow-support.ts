import { readAudit } from '../../src/audit/read.ts'
import type { ClientContext } from '../../src/context.ts'
import type { StartInput } from '../../src/verifications/schemas.ts'
import type { TestApp } from '../setup/app.ts'
import { begin, placeCalls, uuidOf } from './support.ts'

export const flash = { channel: 'flash_call', wait_seconds: 30 } as const
/** Has no route. */
export const voice = { channel: 'voice', wait_seconds: 20 } as const

/** What happens to workflows of a test app. */
export function workflowsOf(test: TestApp, client: ClientContext) {
  return {
    /** Starts with a workflow and places the call of its first step. */
    async ring(workflow: StartInput['workflow'], as = client) {
      const started = await begin(as, { workflow })
      await placeCalls(test, started.id)
      return started
    },
    /** Ends the wait of the current step, by the database clock. */
    letWaitEnd: (id: string) =>
      test.app.db.sql`
      with moved as (update verifications set next_at = now() - interval '1 ms'
        where id = ${uuidOf(id)} and next_at is not null returning id, next_at)
      update live_verifications l set next_at = moved.next_at from moved where moved.id = l.verification_id`,
    /** The events of its steps, oldest first. */
    stepsOf: async (id: string, as = client) =>
      (await readAudit(as, { id })).data.filter(({ type }) => type.startsWith('step.')),
  }
}
