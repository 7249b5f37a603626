import { expect } from 'vitest'
import { type AuditEvent, type AuditRow, expand, isIntact } from '../../src/audit/chain.ts'
import type { Verification } from '../../src/draft/rows.ts'
import { publicId } from '../../src/values/ids.ts'
import type { StoredCall } from '../verifications/support.ts'
import { checkKept, type Kept, readKept } from './kept.ts'
import { ATTEMPT, ENDS_OF, FINAL, OPEN, VERIFICATION } from './tables.ts'
import { OTHER_PHONE, type World } from './world.ts'

type Stored = Verification & { calls: StoredCall[]; events: AuditEvent[]; overdue: boolean }

/** Checks everything that must hold between two steps. */
export async function checkAll(world: World): Promise<void> {
  const { all: stored, kept } = await readAllKept(world)
  const [denied, all] = divide(stored)
  for (const one of denied) checkDenied(one)
  for (const one of all) {
    checkStatus(one)
    checkChecks(one, world)
    for (const call of one.calls) {
      checkAttempt(one, call)
      checkMoney(one, call)
    }
    checkCapture(one)
    checkWake(one)
    checkSteps(one)
    checkTurns(one)
    checkUnknown(one)
  }
  checkLive(all)
  checkCallsIn(all, world)
  checkGuesses(all)
  checkCalls(all, world)
  checkStored(stored, kept)
}

/** Checks the audit chains and the small tables alone: what holds for good. */
export async function checkTables(world: World): Promise<Stored[]> {
  const { all, kept } = await readAllKept(world)
  checkStored(all, kept)
  return all
}

function checkStored(all: readonly Stored[], kept: Kept): void {
  for (const { events, auditSeq: seq, auditHead: hash } of all)
    expect(isIntact(events, { seq, hash }), 'an intact chain').toBe(true)
  const calls = all.flatMap((one) => one.calls)
  checkKept(all, calls, kept)
}

const divide = (all: Stored[]): [Stored[], Stored[]] => [
  all.filter(({ status }) => status === 'denied'),
  all.filter(({ status }) => status !== 'denied'),
]

export const readAll = async (world: World): Promise<Stored[]> => (await readAllKept(world)).all

async function readAllKept({ app, tenantId }: World): Promise<{ all: Stored[]; kept: Kept }> {
  return app.db.sql.begin('isolation level repeatable read read only', async (tx) => {
    const rows = await tx<(Verification & { overdue: boolean })[]>`
      select *, expires_at <= now() as overdue from verifications where tenant_id = ${tenantId} order by id`
    const ids = rows.map((row) => row.id)
    const calls = await tx<StoredCall[]>`
      select a.*, d.due_at, d.line_hash from attempts a left join due_attempts d on d.attempt_id = a.id where a.verification_id = any(${ids}::uuid[]) order by ordinal`
    const events = await tx<AuditRow[]>`
      select * from audit_events where verification_id = any(${ids}::uuid[]) order by seq`
    const all = rows.map((row) => ({
      ...row,
      calls: calls.filter((call) => call.verificationId === row.id),
      events: events.filter((event) => event.verificationId === row.id).flatMap(expand),
    }))
    return { all, kept: await readKept(tx, tenantId, ids) }
  })
}

const typesOf = ({ events }: Stored, room: string) =>
  events.flatMap(({ type }) => (type.startsWith(`${room}.`) ? [type.slice(room.length + 1)] : []))

/** A refused fourth requester of a phone leaves only the refusal on record. */
function checkDenied(one: Stored): void {
  expect([one.calls.length, typesOf(one, 'verification')]).toEqual([0, ['denied']])
}

function checkStatus(one: Stored): void {
  const [first, ...steps] = typesOf(one, 'verification').filter((type) => !type.startsWith('retry_'))
  expect(first).toBe('created')
  let status = 'created'
  for (const next of steps) {
    expect(VERIFICATION[status], `${status} → ${next}`).toContain(next)
    status = next
  }
  expect(one.status, 'the status that its events tell').toBe(status === 'created' ? 'pending' : status)
  expect(one.completedAt !== null).toBe(FINAL.includes(one.status))
  expect(one.failureCode !== null && one.status !== 'cancelled').toBe(one.status === 'failed')
  expect(steps.includes('delivered')).toBe(one.deliveredAt !== null)
}

function checkChecks(one: Stored, { rights }: World): void {
  const checks = typesOf(one, 'check')
  const right = checks.filter((check) => check === 'right').length
  const wrong = checks.length - right - strangersChecks(one)
  expect(one.checksLeft).toBe(one.maxChecks - wrong)
  expect(right).toBe(one.status === 'approved' && one.channel !== 'inbound_call' ? 1 : 0)
  expect(one.status === 'locked').toBe(one.checksLeft === 0)
  expect(rights.filter((id) => id === one.id).length, 'right codes that were accepted').toBe(right)
}

/**
 * A stranger's wrong check by phone costs the phone guesses, and another requester's verification nothing.
 */
const strangersChecks = ({ events }: Stored) =>
  events.filter(({ type, data }) => type === 'check.wrong' && JSON.parse(data).other_requester).length

/** Nine guesses of four digits, and a guess of six in hundredths. */
const HUNDREDTHS_MOST = 900
const CHECKS_MOST = 30

/** The guesses of a day for a phone, over any number of requesters and verifications. */
function checkGuesses(all: Stored[]): void {
  for (const [phone, own] of Map.groupBy(all, (one) => one.phone)) {
    const wrong = own.flatMap(({ events }) => events.filter(({ type }) => type === 'check.wrong'))
    const hundredths = wrong.map(({ data }) => Math.round(JSON.parse(data).guesses * 100))
    const all = hundredths.reduce((sum, one) => sum + one, 0)
    expect(all, `guesses at ${phone}`).toBeLessThanOrEqual(HUNDREDTHS_MOST)
    expect(wrong.length, `wrong checks at ${phone}`).toBeLessThanOrEqual(CHECKS_MOST)
  }
}

function checkAttempt(one: Stored, call: StoredCall): void {
  const id = publicId('attempt', call.id)
  let status = 'none'
  for (const { type, data } of one.events) {
    const facts = JSON.parse(data) as { attempt?: string; status?: string; late?: boolean }
    if (!type.startsWith('attempt.') || facts.attempt !== id || facts.late) continue
    const next = ATTEMPT[status]?.[type.slice('attempt.'.length)]
    expect(next, `${type} of a ${status} attempt`).toBeDefined()
    status = next === 'reported' ? (facts.status ?? '') : (next ?? '')
    if (next === 'reported') expect(ENDS_OF[call.channel]?.reported).toContain(status)
  }
  expect(call.status, 'the status that its events tell').toBe(status)
  expect(call.endedAt === null).toBe(OPEN.includes(status))
  if (FINAL.includes(one.status)) expect(status, 'of a verification that ended').not.toBe('queued')
}

/** The hold of a call lives as long as its end may decide about it; what is due then, is captured. */
function checkMoney({ status }: Stored, call: StoredCall): void {
  const { pricePer, charge, endedAt, placedAt, codeHash } = call
  expect(pricePer, 'every channel has a price').not.toBeNull()
  const isUnknown = call.status === 'unknown'
  const reached = ENDS_OF[call.channel]?.reached.includes(call.status) ?? false
  if (pricePer === 'approved') {
    if (FINAL.includes(status)) expect(charge).not.toBe('reserved')
    else if (endedAt === null || (codeHash && reached)) expect(charge).toBe('reserved')
    else if (!codeHash || !isUnknown) expect(charge).toBe('released')
    return
  }
  const isDue = endedAt !== null && (pricePer === 'attempt' ? placedAt !== null : reached)
  const isHeld = endedAt === null || isUnknown
  expect(charge, `${pricePer} ${call.status}`).toBe(isDue ? 'captured' : isHeld ? 'reserved' : 'released')
}

/** Of the calls that an approval pays for, only the one whose code was typed is captured. */
function checkCapture({ status, channel, calls }: Stored): void {
  const priced = calls.filter(({ pricePer }) => pricePer === 'approved')
  const captured = priced.filter(({ charge }) => charge === 'captured')
  expect(captured.length).toBeLessThanOrEqual(status === 'approved' ? 1 : 0)
  for (const one of captured) expect(one.channel, 'the channel whose code was typed').toBe(channel)
}

/** Every verification that waits for a call has a row that the sweep will find. */
function checkWake(one: Stored): void {
  const open = one.calls.filter((call) => call.endedAt === null)
  for (const call of open) expect(call.dueAt).not.toBeNull()
  if (one.overdue || !['pending', 'calling'].includes(one.status)) return
  if (one.nextAt !== null) return
  // A call with an unknown end is not repeated; its code may still be typed.
  if (
    one.calls.some((call) => call.status === 'unknown' && (call.codeHash !== null || call.placedAt !== null))
  )
    return
  expect(open.length, `open attempts of a ${one.status} verification`).toBeGreaterThan(0)
}

/**
 * Steps begin in order, each once or not at all; a skipped one calls nobody. Only a verification in progress
 * with another step has a time for it.
 */
function checkSteps({ workflow, step, nextAt, status, calls, events }: Stored): void {
  for (const [index, own] of Map.groupBy(calls, (call) => call.step)) {
    expect(index, 'the step that began last').toBeLessThanOrEqual(step)
    if (workflow) expect(own[0]?.channel).toBe(workflow[index]?.channel)
  }
  expect(calls.filter((call) => call.status === 'queued').length).toBeLessThanOrEqual(1)
  const told = events.flatMap(({ type, data }) =>
    type === 'step.begun' || type === 'step.skipped'
      ? [{ type, ...(JSON.parse(data) as { step: number }) }]
      : [],
  )
  const indexes = told.map((each) => each.step)
  expect(indexes, 'steps begun or skipped').toEqual([...new Set(indexes)].sort())
  const begun = told.filter(({ type }) => type === 'step.begun').map((each) => each.step)
  const skipped = indexes.filter((index) => !begun.includes(index))
  const called = [...new Set(calls.map((call) => call.step))]
  expect(called, 'steps that call').toEqual([...called].sort())
  for (const index of begun) expect(called).toContain(index)
  for (const index of skipped.filter((each) => each < step)) expect(called).not.toContain(index)
  if (!workflow) expect([step, ...indexes]).toEqual([0])
  if (nextAt === null) return
  expect(FINAL).not.toContain(status)
  expect(workflow?.[step + 1]).toBeDefined()
}

/** An accepted call with an unknown end starts no other call by itself, and never fails its verification. */
function checkUnknown({ status, calls }: Stored): void {
  for (const call of calls) {
    if (call.status !== 'unknown' || call.placedAt === null) continue
    expect(status).not.toBe('failed')
    expect(calls.filter((other) => other.round === call.round && other.ordinal > call.ordinal)).toEqual([])
  }
}

/**
 * The next account calls only when no call is in progress; only a client's retry starts a round beside a
 * call.
 */
function checkTurns({ calls }: Stored): void {
  for (const call of calls) {
    const before = calls.filter((other) => other.ordinal < call.ordinal && other.step === call.step)
    if (!before.some((other) => other.round === call.round)) continue
    for (const other of before)
      expect(other.endedAt?.getTime() ?? Infinity).toBeLessThanOrEqual(call.createdAt.getTime())
  }
}

/** At most one active verification for a requester, and three for a phone. */
function checkLive(all: Stored[]): void {
  const live = all.filter((one) => !FINAL.includes(one.status))
  const owners = live.map((one) => `${one.phone} ${one.requester?.toString('hex')}`)
  expect(owners).toEqual([...new Set(owners)])
  for (const own of Map.groupBy(live, (one) => one.phone).values()) expect(own.length).toBeLessThanOrEqual(3)
}

/**
 * A verification without a right code is approved only by a call of its phone to the number that its attempt
 * showed, and such a call approves no other one. Only one verification of a phone awaits a call.
 */
function checkCallsIn(all: Stored[], { dialled }: World): void {
  const ledger = new Map(dialled().map((call) => [String(call.id), call]))
  for (const { status, channel, phone, calls } of all) {
    if (status !== 'approved' || channel !== 'inbound_call') continue
    const made = calls
      .filter((call) => call.status === 'called')
      .map((call) => ledger.get(call.operatorCallId ?? ''))
    const own = made.filter((call) => call?.phone === phone && call.awaits?.calledAt)
    expect(own.length, 'calls of the phone').toBeGreaterThan(0)
  }
  const awaiting = all.filter((one) => one.callTo && !FINAL.includes(one.status)).map((one) => one.phone)
  expect(awaiting, 'phones that may call').toEqual([...new Set(awaiting)])
}

/** No attempt rings or sends twice, or without a claim. */
function checkCalls(all: Stored[], { dialled }: World): void {
  const calls = all.flatMap((one) => one.calls.map((call) => ({ ...call, phone: one.phone })))
  for (const one of all) {
    expect(one.attempts).toBe(typesOf(one, 'attempt').filter((type) => type === 'placing').length)
  }
  const claimed = Map.groupBy(
    calls.filter((call) => call.placingAt !== null),
    (call): string => `${call.provider} ${call.channel} ${call.phone}`,
  )
  const rung = Object.groupBy(
    dialled().filter((call) => call.phone !== OTHER_PHONE),
    (call) => `${call.operator} ${call.channel} ${call.phone}`,
  )
  for (const [key, list] of Object.entries(rung)) {
    expect(list?.length, `calls and messages of ${key}`).toBeLessThanOrEqual(claimed.get(key)?.length ?? 0)
  }
  const named = calls.flatMap(({ provider, operatorCallId }) =>
    operatorCallId ? [`${provider} ${operatorCallId}`] : [],
  )
  expect(named, 'operators’ calls').toEqual([...new Set(named)])
}
