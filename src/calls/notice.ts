import { author, type Context } from '../context.ts'
import { change } from '../draft/change.ts'
import { jobTrace } from '../process/tracing.ts'
import { getProvider } from '../providers/registry.ts'
import { findAttempt } from './claim.ts'
import { noteOtherCaller } from './inbound.ts'

/** The operator is asked at most once in this time because of notices about an attempt, in milliseconds. */
const PAUSE_MS = 1000

/**
 * An operator's notice that a phone called: makes a worker ask the operator at once, and is not believed. A wrong
 * token, an attempt that has ended and all but the first notice of a second do nothing. `notice`: the parameters as
 * received; a caller that is not the verification's phone is recorded.
 */
export async function receiveNotice(
  context: Context,
  { token, notice }: { token: string; notice: Readonly<Record<string, string>> },
): Promise<void> {
  const { db, secrets, queue, providers } = context
  const attempt = secrets.attemptOfToken(token)
  if (!attempt) return
  const [row] = await db.sql<{ verificationId: string; provider: string }[]>`
    update due_attempts d set noticed_at = now()
    from attempts a
    where d.attempt_id = ${attempt} and d.channel = 'inbound_call'
      and (d.noticed_at is null or d.noticed_at <= now() - ${PAUSE_MS} * interval '1 ms')
      and a.verification_id = d.verification_id and a.id = d.attempt_id and a.status = 'placed'
    returning d.verification_id, a.provider`
  if (!row) return
  const { verificationId, provider } = row
  queue.enqueue([{ name: 'check', payload: { verification: verificationId, attempt, trace: jobTrace() } }])
  const by = getProvider(providers, provider)?.callerOf?.(notice) ?? null
  if (!by) return
  await change(context, {
    verificationId,
    owner: null,
    author: author(context),
    decide: (draft) => noteOtherCaller(draft, findAttempt(draft, attempt), { by, told: 'notice', secrets }),
  })
}
