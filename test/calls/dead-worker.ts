import { adopt } from '../../src/calls/adopt.ts'
import type { Claim } from '../../src/calls/claim.ts'
import { claimCall, concludeCall } from '../../src/calls/place.ts'
import type { PlaceOutcome } from '../../src/providers/provider.ts'
import type { JobPayload } from '../../src/queue/jobs.ts'
import { namespaceOf } from '../../src/sandbox/credentials.ts'
import type { TestApp } from '../setup/app.ts'

/** A call whose worker never stored the operator's answer. */
export type LostCall = { job: JobPayload; call: Claim; answer: PlaceOutcome | null; code: string }

/**
 * Does what a worker does up to its sudden end: claims the call and, with `asks`, places it. `hidden`: the
 * operator's records omit the call.
 */
export async function claimAndDie(
  test: TestApp,
  job: JobPayload,
  { asks = false, hidden = false } = {},
): Promise<LostCall> {
  const call = await claimCall(test.worker, job)
  if (!call) throw new Error('no call could be claimed')
  if (!asks) return { job, call, answer: null, code: '' }
  const answer = await call.provider.place(call.account, call)
  const code = (answer.kind === 'placed' && answer.code) || call.code || ''
  if (hidden) forget(test, call)
  return { job, call, answer, code }
}

/** Removes the newest call to the phone from the operator's records. */
function forget(test: TestApp, { account, phone }: Claim): void {
  const { token, access_key } = account.credentials as Record<string, string>
  const call = test.sandbox.calls.list(namespaceOf(token ?? access_key ?? '') ?? '', phone).at(-1)
  if (call) call.at = 0
}

/** Moves the call into the past, so that its worker counts as dead. */
export async function letWorkerBeDead({ app }: TestApp, { attempt }: JobPayload): Promise<void> {
  await app.db.sql`update attempts set placing_at = placing_at - interval '31 s' where id = ${attempt}`
}

/** The worker was only slow: its answer arrives. */
export async function comeBack(test: TestApp, { job, call, answer }: LostCall): Promise<void> {
  if (!answer) throw new Error('the worker sent no request')
  await concludeCall(test.worker, job, call, answer)
}

/** Searches for the lost call as often as its account allows, each time when due. */
export async function lookToTheEnd(test: TestApp, job: JobPayload): Promise<void> {
  for (let i = 0; i < 3; i++) await lookInTime(test, job)
}

/** Searches for the lost call once, late enough for a miss to count. */
export async function lookInTime({ app, worker }: TestApp, job: JobPayload): Promise<void> {
  await app.db.sql`update attempts set unclear_at = now() - interval '8 s' where id = ${job.attempt}`
  await adopt(worker, job)
}
