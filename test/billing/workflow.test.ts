import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { verifyLedger } from '../../src/billing/verify.ts'
import { sweep } from '../../src/calls/sweep.ts'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { next } from '../../src/verifications/next.ts'
import { withoutVoice } from '../providers/registry.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, outcome, placeCalls, refusal, stored, uuidOf } from '../verifications/support.ts'
import { fund, liveRoute, liveTenant, money, type Operator, setPrice } from './support.ts'

const flash = { channel: 'flash_call', wait_seconds: 30 } as const
const voice = { channel: 'voice', wait_seconds: 30 } as const
const REFUSED = '+79000000007'

describe('the money of a workflow', () => {
  let test: TestApp
  let operators: Operator[]
  beforeAll(async () => {
    test = await startTestApp({}, { ...withoutVoice, shortCalls: true })
    operators = await liveRoute(test, await liveTenant(test, 'admin'))
  })
  afterAll(async () => {
    expect(await verifyLedger(test.app.db)).toEqual([])
    await test.stop()
  })

  async function priced(per: 'attempt' | 'approved', funds: bigint) {
    const client = await liveTenant(test, per)
    await setPrice(client, 300_000n, per)
    await fund(client, funds)
    return client
  }

  async function moveOn(id: string) {
    await test.app.db.sql`
      with moved as (update verifications set next_at = now() - interval '1 ms' where id = ${uuidOf(id)} and next_at is not null returning id, next_at)
      update live_verifications l set next_at = moved.next_at from moved where moved.id = l.verification_id`
    await sweep(test.worker)
  }

  const reserved = async (client: ClientContext) => (await money(client))[1]
  const stepsOf = async (client: ClientContext, id: string) =>
    (await readAudit(client, { id })).data
      .filter(({ type }) => type.startsWith('step.'))
      .map(({ type, data }) => [type, data.rule])

  it('is set aside for a step when it begins, and for no step that is skipped', async () => {
    const client = await priced('approved', 1_000_000n)
    const { id, phone } = await begin(client, { workflow: [flash, voice, flash] })
    expect(await reserved(client)).toBe('0.300000')
    await placeCalls(test, id)
    await moveOn(id)
    expect(await reserved(client)).toBe('0.600000')
    await placeCalls(test, id)
    const codes = operators.flatMap(({ namespace }) => test.sandbox.calls.list(namespace, phone))
    await confirm(client, { id, code: codes[0]?.code ?? '' })
    expect(await money(client)).toEqual(['0.700000', '0.000000', '0.700000'])
  })

  it('set aside for a call that was not requested is given back when the next step begins, and pays for it', async () => {
    const client = await priced('attempt', 300_000n)
    const { id } = await begin(client, { workflow: [flash, flash] })
    await moveOn(id)
    expect((await stored(test, id)).calls.map(({ charge }) => charge)).toEqual(['released', 'reserved'])
    expect(await money(client)).toEqual(['0.300000', '0.300000', '0.000000'])
  })

  it('that does not suffice for a step skips it; on request it is refused and stays', async () => {
    const client = await priced('attempt', 300_000n)
    const { id } = await begin(client, { workflow: [flash, flash] })
    await placeCalls(test, id)
    expect(await outcome(next(client, { id }))).toBe('insufficient_balance')
    await moveOn(id)
    expect(await stepsOf(client, id)).toEqual([
      ['step.denied', 'balance'],
      ['step.skipped', 'balance'],
    ])
    expect((await stored(test, id)).status).not.toBe('failed')
    expect(await reserved(client)).toBe('0.300000')
  })

  it('is named when it refuses a start whose other steps have no route or are forbidden', async () => {
    const client = await priced('attempt', 200_000n)
    await updatePolicy(client, { allow_channels: ['flash_call', 'voice'] })
    const sms = { channel: 'sms', wait_seconds: 30 } as const
    for (const workflow of [
      [voice, flash],
      [sms, voice, flash],
      [flash, voice],
    ])
      expect(await outcome(begin(client, { workflow }))).toBe('insufficient_balance')
    for (const [workflow, rule] of [
      [[voice, sms], 'no_route'],
      [[sms, voice], 'no_route'],
    ] as const)
      expect(await refusal(begin(client, { workflow: [...workflow] }))).toMatchObject({
        code: 'destination_denied',
        options: { extra: { rule } },
      })
  })

  it('of a day has a limit that skips a step, even one that follows a step that reached nobody', async () => {
    const client = await priced('attempt', 2_000_000n)
    await updatePolicy(client, { spend_per_day: '0.50' })
    const { id } = await begin(client, { workflow: [flash, flash] })
    await placeCalls(test, id)
    await moveOn(id)
    expect(await stepsOf(client, id)).toEqual([['step.skipped', 'spend_per_day']])
    expect(await outcome(begin(client, { workflow: [flash, flash] }))).toBe('rate_limited')
  })

  it('comes back in full when no step reaches the phone', async () => {
    const client = await priced('attempt', 1_000_000n)
    const { id } = await begin(client, { phone: REFUSED, workflow: [flash, flash] })
    for (let i = 0; i < 4; i++) {
      await placeCalls(test, id)
      await sweep(test.worker)
    }
    expect((await stored(test, id)).status).toBe('failed')
    expect(await money(client)).toEqual(['1.000000', '0.000000', '1.000000'])
  })
})
