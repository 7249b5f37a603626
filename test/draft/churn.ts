import type { App } from '../../src/context.ts'
import { change } from '../../src/draft/change.ts'
import type { Draft, Need } from '../../src/draft/draft.ts'
import { record } from '../../src/draft/draft.ts'
import { addPhoneStart } from '../../src/limits/phone-counters.ts'
import { addStart } from '../../src/limits/start-counters.ts'
import { addWrongCheck } from '../../src/limits/wrong-checks.ts'
import { queueAttempt } from '../../src/verifications/queue-attempt.ts'

const NEEDS: readonly Need[] = ['guesses', 'starts', 'served', 'route', 'access', 'costs', 'call']
const AUTHOR = { actor: 'worker', requestId: null }

/** What a decision may write with each need. Needs not named here only read. */
function touch(draft: Draft<Need>, needs: readonly Need[]): void {
  const { now } = draft
  if (needs.includes('guesses')) {
    addWrongCheck(draft.guesses.counter, null, 1, now)
    addPhoneStart(draft.guesses.counter, null, now)
    draft.guesses.counter.approved.push(Buffer.alloc(16, draft.verification.id.charCodeAt(35)))
  }
  if (needs.includes('starts')) addStart(draft.starts.range, now)
  if (needs.includes('access')) for (const routed of draft.access.route) draft.access.use(routed)
  if (needs.includes('call')) queueAttempt(draft, 0)
  record(draft, 'verification.retry_observed')
}

/** Changes the verifications with each need and random further needs. Returns the number of changes. */
export async function churn(app: App, ids: readonly string[], rounds: number): Promise<number> {
  const random = <T>(items: readonly T[], share: number) => items.filter(() => Math.random() < share)
  let done = 0
  for (let i = 0; i < rounds; i++) {
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        const [verificationId = ids[0] ?? '', ...others] = random(ids, 0.3).sort(() => Math.random() - 0.5)
        const needs = random(NEEDS, 0.5)
        const changed = await change(app, {
          verificationId,
          others,
          owner: null,
          author: AUTHOR,
          needs,
          decide(draft, others) {
            for (const each of [draft, ...others]) touch(each, needs)
          },
        })
        if (changed.found) done += 1
      }),
    )
  }
  return done
}
