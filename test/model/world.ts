import { adopt } from '../../src/calls/adopt.ts'
import { check } from '../../src/calls/awaited.ts'
import type { Claim } from '../../src/calls/claim.ts'
import { claimCall, concludeCall, place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { sweep } from '../../src/calls/sweep.ts'
import type { ClientContext, Context } from '../../src/context.ts'
import type { PRICE_PERS } from '../../src/db/schema/billing.ts'
import type { Attempt } from '../../src/draft/rows.ts'
import { AppError } from '../../src/errors.ts'
import type { PlaceOutcome } from '../../src/providers/provider.ts'
import type { JobPayload } from '../../src/queue/jobs.ts'
import { callIn } from '../../src/sandbox/inbound.ts'
import type { Mood } from '../../src/sandbox/moods.ts'
import { newId, publicId } from '../../src/values/ids.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { confirmByPhone } from '../../src/verifications/confirm-by-phone.ts'
import { moveOn, next } from '../../src/verifications/next.ts'
import { retry } from '../../src/verifications/retry.ts'
import type { TestApp } from '../setup/app.ts'
import {
  begin,
  dialled,
  endLifetime,
  namespace,
  outcome,
  uuidOf,
  wrongFor,
} from '../verifications/support.ts'
import type { Action } from './kinds.ts'

const JOBS = { place, poll, check, adopt }
const FITTING = { queued: 'place', placing: 'adopt', placed: 'poll' } as const
/** A phone that nobody verifies. */
export const OTHER_PHONE = '+79991112233'
const OPERATORS = ['telefon-ip', 'new-tel'] as const
/** The channels that have a route, each with a price of its own kind. */
const CHANNELS = ['flash_call', 'sms', 'telegram', 'inbound_call'] as const
export type Pers = readonly (typeof PRICE_PERS)[number][]

/** A call whose worker is late or dead, and what the operator answered. */
type Lost = { job: JobPayload; call: Claim; answer: PlaceOutcome }

export type World = Awaited<ReturnType<typeof createWorld>>

/**
 * A tenant of its own with controllable operators and two workers, and every action that can happen to it.
 * `pers`: what the prices of flash calls, SMS, Telegram and inbound calls are for.
 */
export async function createWorld(test: TestApp, other: Context, pers: Pers) {
  const { app, worker, sandbox } = test
  const workers = [worker, other]
  const client = await test.newTenant()
  const { tenantId } = client.actor
  for (const [i, channel] of CHANNELS.entries()) {
    await app.db.sql`
      insert into prices (id, tenant_id, prefix, channel, per, amount_micros, currency, valid_from)
      values (${newId()}, ${tenantId}, '+7', ${channel}, ${pers[i] ?? ''}, ${100_000 * (i + 1)}, 'RUB', '2020-01-01')`
  }
  const own = namespace(test, client)
  const lost: Lost[] = []
  /** The verifications whose right code was accepted. */
  const rights: string[] = []
  /** Nothing happens by itself: an operator learns a call's end when a step says so. */
  function setMood(mood: Mood | null): void {
    sandbox.faults.clear(own)
    for (const operator of OPERATORS) {
      sandbox.faults.add(own, { operator, mode: 'undetermined', prefix: '+' })
      if (mood) sandbox.faults.add(own, { operator, mode: mood, prefix: '+' })
    }
  }
  setMood(null)

  const phoneOf = (phone: number) => `+792435551${String(phone).padStart(2, '0')}`
  const named = (who: number | null) => (who === null ? {} : { device: `requester ${who}` })
  const ledger = () => dialled(test, client)

  /** The phone's verification, counted back from the newest; the oldest if it has fewer. */
  async function pick({ phone, back }: { phone: number; back: number }): Promise<string | null> {
    const rows = await app.db.sql<{ id: string }[]>`
      select id from verifications where tenant_id = ${tenantId} and phone = ${phoneOf(phone)} and status <> 'denied'
      order by id desc limit ${back + 1}`
    return rows.at(-1)?.id ?? null
  }

  async function pickCall(action: { phone: number; back: number }, status?: Attempt['status']) {
    const id = await pick(action)
    const calls = await app.db.sql<Attempt[]>`
      select * from attempts where verification_id = ${id} order by ended_at is not null, ordinal desc`
    const call = calls.find((row) => !status || row.status === status)
    return call ? { call, job: { verification: call.verificationId, attempt: call.id } } : null
  }

  /** The same in both workers, by turns. */
  const atOnce = <T>(copies: number, run: (one: Context) => Promise<T>) =>
    Array.from({ length: copies }, (_, i) => run(workers[i % workers.length] ?? worker))

  async function runJob(action: Action & { do: 'job' }): Promise<void> {
    const { name, fault, report, copies } = action
    const picked = await pickCall(action)
    if (!picked) return
    const { call, job } = picked
    for (const operator of OPERATORS) {
      if (fault) sandbox.faults.add(own, { operator, mode: fault, prefix: phoneOf(action.phone), count: 1 })
    }
    if (report) {
      for (const rung of dialled(test, client, phoneOf(action.phone))) {
        if (Number.isFinite(rung.course.reportedAfterMs)) continue
        rung.course = { ...rung.course, end: report, endsAfterMs: 0, reportedAfterMs: 0 }
      }
    }
    const verb = JOBS[name === 'fitting' ? (FITTING[call.status as keyof typeof FITTING] ?? 'place') : name]
    await Promise.all(atOnce(copies, (one) => verb(one, job)))
  }

  /** A worker claims the call and dies, before placing it or before storing the answer. */
  async function die(action: Action & { do: 'die' }): Promise<void> {
    const picked = await pickCall(action, 'queued')
    if (!picked) return
    const call = await claimCall(worker, picked.job)
    if (!call || !action.asks) return
    const answer = await call.provider.place(call.account, call)
    const rung = dialled(test, client, call.phone).at(-1)
    if (action.hidden && rung) rung.at = 0
    lost.push({ job: picked.job, call, answer })
  }

  /** The worker was only slow: the answer comes after all. */
  async function late(): Promise<void> {
    const one = lost.shift()
    if (!one) return
    await concludeCall(worker, one.job, one.call, one.answer)
  }

  async function submit(action: Action & { do: 'confirm' }): Promise<void> {
    const id = await pick(action)
    const received = dialled(test, client, phoneOf(action.phone))
    const codes = received.flatMap(({ code }) => (code === '' ? [] : [code]))
    const sent = codes.at(-1 - action.earlier) ?? codes.at(-1)
    if (!id || !sent) return
    const wrong = Array.from({ length: 20 }, (_, by) => wrongFor(sent, by + 1)).find(
      (code) => !codes.some((known) => known.endsWith(code) || code.endsWith(known)),
    )
    const code = action.right ? sent : (wrong ?? '')
    const typed = { code, ...named(action.who) }
    const confirming = action.byPhone
      ? confirmByPhone(client, { phone: phoneOf(action.phone), ...typed })
      : confirm(client, { id: publicId('verification', id), ...typed })
    const approved = await confirming.catch((error) => {
      if (error instanceof AppError) return null
      throw error
    })
    if (!approved) return
    rights.push(uuidOf(approved.id))
    if (await isUnsent(approved, code)) return
    if (!action.right) throw new Error('a code that the phone did not receive was accepted')
    const channels = received.filter((call) => call.code !== '' && code.endsWith(call.code))
    if (!channels.some(({ channel }) => channel === approved.channel))
      throw new Error('approved by a channel that had another code')
  }

  /** Whether the code was guessed: it was drawn for an attempt that no operator is known to have placed. */
  async function isUnsent({ id, channel }: { id: string; channel: string }, code: string): Promise<boolean> {
    const endings = Array.from(code, (_, from) => app.secrets.hashCode(uuidOf(id), code.slice(from)))
    const [unsent] = await app.db.sql`
      select from attempts where verification_id = ${uuidOf(id)} and channel = ${channel}
        and code_hash = any(${endings}::bytea[]) and operator_call_id is null and operator_row is null`
    return unsent !== undefined
  }

  /** Calls the operators' number from the phone; with `isOther`, the operator reports that another phone did. */
  function makeCall({ phone, isOther }: Action & { do: 'call in' }): void {
    const requests = dialled(test, client, phoneOf(phone))
    const shown = requests.findLast(({ awaits }) => awaits)?.awaits?.number ?? ''
    const request = callIn(requests, shown, Date.now())
    if (!request) return
    request.course = { ...request.course, reportedAfterMs: 0 }
    if (isOther) request.phone = OTHER_PHONE
  }

  /** Moves the verification's calls half a minute into the past. */
  async function pass(action: { phone: number; back: number }): Promise<void> {
    await app.db.sql`
      update attempts set placing_at = placing_at - interval '31 s', deadline_at = deadline_at - interval '31 s',
        unclear_at = least(unclear_at, now() - interval '8 s')
      where verification_id = ${await pick(action)}`
  }

  const onOwn = async (action: { phone: number; back: number }, verb: (id: string) => Promise<unknown>) => {
    const id = await pick(action)
    if (id) await verb(publicId('verification', id))
  }
  const asClient =
    (verb: (context: ClientContext, input: { id: string }) => Promise<unknown>) => (id: string) =>
      outcome(verb(client, { id }))

  /** The wait of the current step ends; without `copies`, only the sweep will notice. */
  async function due(action: Action & { do: 'due' }): Promise<void> {
    const verification = await pick(action)
    if (!verification) return
    await app.db.sql`
      with moved as (update verifications set next_at = now() - interval '1 ms' where id = ${verification} and next_at is not null returning id, next_at)
      update live_verifications l set next_at = moved.next_at from moved where moved.id = l.verification_id`
    await Promise.all(atOnce(action.copies, (one) => moveOn(one, { verification })))
  }

  function act(action: Action): Promise<unknown> {
    switch (action.do) {
      case 'start':
        return outcome(
          begin(client, {
            phone: phoneOf(action.phone),
            max_checks: action.maxChecks,
            ...(action.steps
              ? { workflow: action.steps.map((channel) => ({ channel, wait_seconds: 45 })) }
              : {}),
            ...named(action.who),
          }),
        )
      case 'job':
        return runJob(action)
      case 'die':
        return die(action)
      case 'late':
        return late()
      case 'confirm':
        return submit(action)
      case 'call in':
        return Promise.resolve(makeCall(action))
      case 'retry':
        return onOwn(action, (id) =>
          outcome(retry(client, { id, ...(action.channel ? { channel: action.channel } : {}) })),
        )
      case 'next':
        return onOwn(action, asClient(next))
      case 'due':
        return due(action)
      case 'cancel':
        return onOwn(action, asClient(cancel))
      case 'expire':
        return onOwn(action, (id) => endLifetime(test, id))
      case 'pass':
        return pass(action)
      case 'mood':
        return Promise.resolve(setMood(action.mood))
      case 'sweep':
        return sweep(worker)
    }
  }

  return { app, test, client, tenantId, rights, dialled: ledger, act }
}
