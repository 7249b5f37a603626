import { adopt } from '../../src/calls/adopt.ts'
import type { Claim } from '../../src/calls/claim.ts'
import { claimCall, concludeCall } from '../../src/calls/place.ts'
import type { PlaceOutcome } from '../../src/providers/provider.ts'
import type { JobPayload } from '../../src/queue/jobs.ts'
import { namespaceOf } from '../../src/sandbox/credentials.ts'
import type { TestApp } from '../setup/app.ts'

/** A call whose worker never told how the asking went. */
export type LostCall = { job: JobPayload; call: Claim; answer: PlaceOutcome | null; code: string }

/**
 * Does what a worker does up to its sudden end: it claims the call, and with `asks` the operator calls. `hidden`: no record of
 * the operator's tells of it.
 */
export async function claimAndDie(
  test: TestApp,
  job: JobPayload,
  { asks = false, hidden = false } = {},
): Promise<LostCall> {
  const call = await claimCall(test.worker, job)
  if (!call) throw new Error('there was nothing to claim')
  if (!asks) return { job, call, answer: null, code: '' }
  const answer = await call.provider.place(call.account, { phone: call.phone, code: call.code })
  const code = (answer.kind === 'placed' && answer.code) || call.code || ''
  if (hidden) forget(test, call)
  return { job, call, answer, code }
}

/** The operator's records lose the newest call to the phone. */
function forget(test: TestApp, { account, phone }: Claim): void {
  const { token, access_key } = account.credentials as Record<string, string>
  const call = test.sandbox.calls.list(namespaceOf(token ?? access_key ?? '') ?? '', phone).at(-1)
  if (call) call.at = 0
}

/** So much time passes that a worker without an answer counts as dead. */
export async function letWorkerBeDead({ app }: TestApp, { attempt }: JobPayload): Promise<void> {
  await app.db.sql`update attempts set placing_at = placing_at - interval '31 s' where id = ${attempt}`
}

/** It was not dead, only slow: its answer comes after all. */
export async function comeBack(test: TestApp, { job, call, answer }: LostCall): Promise<void> {
  if (!answer) throw new Error('it asked nothing')
  await concludeCall(test.worker, job, call, answer)
}

/** Looks for the lost call as often as its account says, each time when it is time to. */
export async function lookToTheEnd(test: TestApp, job: JobPayload): Promise<void> {
  for (let i = 0; i < 3; i++) await lookInTime(test, job)
}

/** Looks for the lost call once, when so much time has passed that what is not found counts. */
export async function lookInTime({ app, worker }: TestApp, job: JobPayload): Promise<void> {
  await app.db.sql`update attempts set unclear_at = now() - interval '8 s' where id = ${job.attempt}`
  await adopt(worker, job)
}
