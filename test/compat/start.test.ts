import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { poll } from '../../src/calls/poll.ts'
import { listCalls } from '../../src/compat/calls.ts'
import type { DoorContext } from '../../src/compat/context.ts'
import type { Doors } from '../../src/compat/doors.ts'
import { type AtDoor, CodeNotTaken } from '../../src/compat/start.ts'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { confirmByPhone } from '../../src/verifications/confirm-by-phone.ts'
import { next } from '../../src/verifications/next.ts'
import { get } from '../../src/verifications/read.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import {
  begin,
  dialled,
  dialledCodes,
  eventsOf,
  newPhone,
  outcome,
  placeCalls,
  refusal,
  secondApp,
  stored,
} from '../verifications/support.ts'
import { doorInput, doorsOf, enterDoor, SMS } from './support.ts'

let test: TestApp
let client: ClientContext
let doors: Doors
let context: DoorContext
/** A tenant whose phones are called once a minute at most. */
let pausing: ClientContext
let pausingDoor: DoorContext

beforeAll(async () => {
  test = await startTestApp({}, { shortCalls: true })
  client = await test.newTenant()
  doors = doorsOf(test.app)
  context = (await enterDoor(client)).context
  pausing = await test.newTenant()
  await updatePolicy(pausing, { phone_pause_seconds: 60 })
  pausingDoor = (await enterDoor(pausing)).context
})
afterAll(() => test.stop())

const SOON = { timeoutMs: 5000 }
const NOW = { timeoutMs: 0 }

describe('a verification that its client checks', () => {
  it('hands its code out once the call is placed, and says so in the audit once', async () => {
    const { verification } = await doors.start(context, doorInput())
    expect(verification).toMatchObject({ checked_by: 'client', status: 'pending' })
    expect(await doors.awaitCode(context, verification.id, NOW)).toEqual({ kind: 'late' })
    const waiting = [1, 2, 3].map(() => doors.awaitCode(context, verification.id, SOON))
    await placeCalls(test, verification.id)
    const [code] = dialledCodes(test, client, verification.phone)
    expect(await Promise.all(waiting)).toEqual(Array(3).fill({ kind: 'code', code }))
    expect((await eventsOf(test, verification.id)).filter((type) => type === 'code.disclosed')).toHaveLength(
      1,
    )
    const [event] = await test.app.db.sql<{ actor: string; data: string }[]>`
      select actor, data from audit_log where type = 'code.disclosed' order by id desc limit 1`
    expect(event?.actor).toMatch(/^cmp_[0-9a-f]{32}$/)
    expect(JSON.parse(event?.data ?? '')).toEqual({ credential: event?.actor })
  })

  it('takes no confirm, by its id or its phone, and leaves those of others alone', async () => {
    const { verification } = await doors.start(context, doorInput())
    await placeCalls(test, verification.id)
    const [code = ''] = dialledCodes(test, client, verification.phone)
    const { phone, id } = verification
    expect(await outcome(confirm(client, { id, code }))).toBe('no_code_expected')
    expect(await outcome(confirmByPhone(client, { phone, code }))).toBe('no_code_expected')
    const other = await begin(client, { phone, device: 'theirs' })
    await placeCalls(test, other.id)
    const own = dialledCodes(test, client, phone).at(-1) ?? ''
    await confirmByPhone(client, { phone, code: own, device: 'theirs' })
    expect((await stored(test, other.id)).status).toBe('approved')
    expect(await stored(test, id)).toMatchObject({ status: 'calling', checksLeft: 3 })
  })

  it('keeps its code sealed until it ends, and not a moment longer', async () => {
    const { verification } = await doors.start(context, doorInput())
    await placeCalls(test, verification.id)
    const [code = ''] = dialledCodes(test, client, verification.phone)
    const { sealedCode } = await stored(test, verification.id)
    expect(sealedCode?.length).toBeGreaterThan(30)
    expect(sealedCode?.includes(Buffer.from(code))).toBe(false)
    await cancel(client, { id: verification.id })
    expect((await stored(test, verification.id)).sealedCode).toBeNull()
    expect(await doors.awaitCode(context, verification.id, SOON)).toEqual({
      kind: 'ended',
      status: 'cancelled',
      failure: null,
    })
    const { id } = await begin(client)
    await placeCalls(test, id)
    expect(await stored(test, id)).toMatchObject({ sealedCode: null, compatCredentialId: null })
    expect(await get(client, { id })).toMatchObject({ checked_by: 'service' })
  })

  it('gives its code to its own credential only', async () => {
    const { verification } = await doors.start(context, doorInput())
    await placeCalls(test, verification.id)
    const stranger = await enterDoor(await test.newTenant())
    const neighbour = await enterDoor(client)
    const owned = await begin(client)
    await placeCalls(test, owned.id)
    for (const [who, id] of [
      [stranger.context, verification.id],
      [neighbour.context, verification.id],
      [context, owned.id],
      [context, 'ver_1'],
    ] as const) {
      expect(await outcome(doors.awaitCode(who, id, SOON))).toBe('not_found')
      expect(await outcome(doors.awaitEnd(who, id, SOON))).toBe('not_found')
    }
    expect(await eventsOf(test, verification.id)).not.toContain('code.disclosed')
  })

  it('says how its call ended', async () => {
    const { verification } = await doors.start(context, doorInput({ phone: '+79000000003' }))
    const waiting = doors.awaitEnd(context, verification.id, SOON)
    await placeCalls(test, verification.id)
    const { calls } = await stored(test, verification.id)
    for (let i = 0; i < 50 && (await stored(test, verification.id)).status !== 'failed'; i++) {
      await poll(test.worker, { verification: calls[0]?.verificationId ?? '', attempt: calls[0]?.id ?? '' })
    }
    expect(await waiting).toEqual({ kind: 'ended', status: 'failed', attempt: 'no_such_number' })
    expect(await doors.awaitCode(context, verification.id, SOON)).toEqual({
      kind: 'ended',
      status: 'failed',
      failure: 'no_such_number',
    })
  })
})

describe('the client’s own code', () => {
  it('is sent as it is, and known from the start', async () => {
    const { verification } = await doors.start(context, doorInput({ steps: [SMS], code: '0123' }))
    expect(verification.code_lengths).toEqual([4])
    await placeCalls(test, verification.id)
    expect(dialledCodes(test, client, verification.phone)).toEqual(['0123'])
    expect(await doors.awaitCode(context, verification.id, SOON)).toEqual({ kind: 'code', code: '0123' })
    expect((await eventsOf(test, verification.id)).filter((type) => type === 'code.disclosed')).toHaveLength(
      1,
    )
  })

  it('goes past accounts whose operator chooses the code', async () => {
    const { verification } = await doors.start(context, doorInput({ code: '12345' }))
    await placeCalls(test, verification.id)
    const { calls } = await stored(test, verification.id)
    expect(calls.map(({ provider }) => provider)).toEqual(['new-tel'])
    expect(dialledCodes(test, client, verification.phone)).toEqual(['12345'])
  })

  it('is refused if no account can carry it, before anything is committed', async () => {
    const phone = newPhone()
    const refused = await refusal(doors.start(context, doorInput({ phone, code: '1' })))
    expect(refused).toBeInstanceOf(CodeNotTaken)
    expect(refused).toMatchObject({ code: 'invalid_request', status: 422 })
    expect(await outcome(doors.start(context, doorInput({ phone, code: 'abcd' })))).toBe('invalid_request')
    expect((await listCalls(context, { last: 100 })).some((call) => call.phone === phone)).toBe(false)
  })

  it('is kept nowhere of a start that is denied', async () => {
    const phone = newPhone()
    await begin(pausing, { phone })
    const input = doorInput({ phone, code: '12345' })
    expect(await outcome(doors.start(pausingDoor, input))).toBe('phone_cooldown')
    const [denied] = await test.app.db.sql<{ sealedCode: Buffer | null }[]>`
      select sealed_code from verifications where phone = ${phone} and status = 'denied'`
    expect(denied?.sealedCode).toBeNull()
  })
})

describe('a repeated start', () => {
  it('gets the same answer in every process, and calls once', async () => {
    const { app } = secondApp(test)
    const other = doorsOf(app)
    const input = doorInput()
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        i % 2 ? other.start({ ...context, ...app }, input) : doors.start(context, input),
      ),
    )
    expect(new Set(answers.map(({ number }) => number)).size).toBe(1)
    expect(new Set(answers.map(({ verification }) => verification.id)).size).toBe(1)
    await placeCalls(test, answers[0]?.verification.id ?? '')
    expect(dialled(test, client, input.phone)).toHaveLength(1)
    expect(await doors.start(context, input)).toEqual(answers[0])
    await app.close()
  })

  it('is a new one with other parameters, another credential, or after ten seconds', async () => {
    const input = doorInput()
    const first = await doors.start(pausingDoor, input)
    const neighbour = await enterDoor(pausing)
    const others = await Promise.all(
      [
        doors.start(pausingDoor, { ...input, ttlSeconds: 200 }),
        doors.start(pausingDoor, { ...input, steps: [SMS] }),
        doors.start(neighbour.context, input),
      ].map(outcome),
    )
    // New starts, which the pause of the phone refuses.
    expect(others).toEqual(Array(3).fill('phone_cooldown'))
    await test.app.db.sql`
      update idempotency_keys set created_at = created_at - interval '4 s' where key like 'door %'`
    expect(await doors.start(pausingDoor, input)).toEqual(first)
    await test.app.db.sql`
      update idempotency_keys set created_at = created_at - interval '6 s' where key like 'door %'`
    expect(await outcome(doors.start(pausingDoor, input))).toBe('phone_cooldown')
  })

  it('gets the same refusal', async () => {
    const phone = newPhone()
    await begin(pausing, { phone })
    const input = doorInput({ phone })
    const [first, second] = [
      await refusal(doors.start(pausingDoor, input)),
      await refusal(doors.start(pausingDoor, input)),
    ]
    expect(second.options.extra).toEqual(first.options.extra)
  })
})

describe('every call of such a verification', () => {
  it('carries the one code that its client knows', async () => {
    const channel = fc.constantFrom('flash_call', 'sms', 'telegram', 'voice')
    await fc.assert(
      fc.asyncProperty(
        fc.array(channel, { minLength: 2, maxLength: 4 }),
        fc.option(fc.stringMatching(/^\d{4,5}$/), { nil: undefined }),
        async (channels, code) => {
          const steps = channels.map((channel) => ({ channel, wait_seconds: 15 })) as never
          const input = doorInput({ steps, ttlSeconds: 900, ...(code ? { code } : {}) })
          const started = await doors.start(context, input).catch((error: unknown) => error)
          // Telegram takes four digits at most.
          const isRefused = code?.length === 5 && channels.every((each) => each === 'telegram')
          expect(started instanceof CodeNotTaken).toBe(isRefused)
          if (isRefused) return
          const { verification } = started as AtDoor
          await placeCalls(test, verification.id)
          const first = await doors.awaitCode(context, verification.id, NOW)
          for (let step = 1; step < channels.length; step++) {
            if ((await outcome(next(client, { id: verification.id }))) === 'ok')
              await placeCalls(test, verification.id)
          }
          const known = await doors.awaitCode(context, verification.id, NOW)
          if (known.kind !== 'code') throw new Error(`no call gave a code: ${known.kind}`)
          if (first.kind === 'code') expect(known).toEqual(first)
          if (code) expect(known.code).toBe(code)
          const codes = dialledCodes(test, client, verification.phone)
          expect(codes.length).toBeGreaterThan(0)
          // A voice says it twice.
          for (const dialled of codes) expect(dialled.replaceAll(known.code, '')).toBe('')
        },
      ),
      { numRuns: 20 },
    )
  })
})
