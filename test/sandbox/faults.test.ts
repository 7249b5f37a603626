import { describe, expect, it } from 'vitest'
import { FAULT_MODES, type FaultMode } from '../../src/sandbox/faults.ts'
import { isMood, type Mood } from '../../src/sandbox/moods.ts'
import { control, fault, sandboxAccount, sandboxForTest } from './sandbox-accounts.ts'

const phone = '+79243555100'
/** The outcome of each fault, and how many calls it dials. */
const EXPECTED: Record<Exclude<FaultMode, Mood>, [kind: string, dialled: number]> = {
  http_500: ['unclear', 0],
  http_500_after_call: ['unclear', 1],
  html_404: ['refused', 0],
  html_502_after_call: ['unclear', 1],
  reset_before: ['unclear', 0],
  reset_after_call: ['unclear', 1],
  hang: ['unclear', 0],
  hang_after_call: ['unclear', 1],
  slow_after_call: ['placed', 1],
  garbage_after_call: ['unclear', 1],
  bad_signature_after_call: ['unclear', 1],
  refuse: ['refused', 0],
  refuse_bare: ['refused', 0],
  silent_drop: ['placed', 1],
  unreachable: ['placed', 1],
  undetermined: ['placed', 1],
  down: ['unclear', 0],
  no_balance: ['refused', 0],
  bom: ['placed', 1],
  gzip: ['placed', 1],
  strings: ['placed', 1],
  numbers: ['placed', 1],
  bare: ['placed', 1],
  odd: ['placed', 1],
  words: ['placed', 1],
}

describe.each(['telefon-ip', 'new-tel'])('faults of %s', (operator) => {
  it.each(FAULT_MODES.filter((mode) => !isMood(mode)))('%s', async (mode) => {
    const sandbox = await sandboxForTest()
    const hangs = mode.startsWith('hang')
    const { provider, account, code } = sandboxAccount(sandbox.url, operator, {
      request_timeout_ms: hangs ? 300 : 5_000,
    })
    expect((await fault(sandbox.url, { operator, mode })).status).toBe(201)
    const outcome = await provider.place(account, { channel: 'flash_call', phone, code })
    const unsigned = operator === 'telefon-ip' && mode === 'bad_signature_after_call'
    const [kind, dialled] = EXPECTED[mode]
    expect(outcome.kind).toBe(unsigned ? 'placed' : kind)
    expect((await control(sandbox.url, '/ledger')).body.data).toHaveLength(dialled)
  })
})

describe('a fault', () => {
  const telefonIp = { operator: 'telefon-ip', mode: 'refuse' }

  async function started() {
    const sandbox = await sandboxForTest()
    const kindOf = async (called = phone, operator = 'telefon-ip', tenant = 'one') => {
      const { provider, account, code } = sandboxAccount(sandbox.url, operator, { tenant })
      return (await provider.place(account, { channel: 'flash_call', phone: called, code })).kind
    }
    return { url: sandbox.url, kindOf }
  }

  it('affects only its operator, prefix and tenant', async () => {
    const { url, kindOf } = await started()
    await fault(url, { ...telefonIp, prefix: '+7924' })
    expect(await kindOf()).toBe('refused')
    expect(await kindOf('+79253555100')).toBe('placed')
    expect(await kindOf(phone, 'new-tel')).toBe('placed')
    expect(await kindOf(phone, 'telefon-ip', 'two')).toBe('placed')
  })

  it('is used up, expires, or is removed', async () => {
    const { url, kindOf } = await started()
    await fault(url, { ...telefonIp, count: 2 })
    expect([await kindOf(), await kindOf(), await kindOf()]).toEqual(['refused', 'refused', 'placed'])
    await fault(url, { ...telefonIp, until: new Date(Date.now() - 1_000).toISOString() })
    expect(await kindOf()).toBe('placed')
    await fault(url, telefonIp)
    expect((await control(url, '/faults', { method: 'DELETE' })).status).toBe(204)
    expect(await kindOf()).toBe('placed')
  })

  it('drops a call that the operator reports as delivered', async () => {
    const { url, kindOf } = await started()
    await fault(url, { ...telefonIp, mode: 'silent_drop' })
    await kindOf()
    expect((await control(url, '/handset/calls')).body.data).toEqual([])
    expect((await control(url, '/ledger')).body.data).toMatchObject([{ phone, rings: false }])
  })

  it.each(['telefon-ip', 'new-tel'])(
    'takes %s down for every request, or empties its balance',
    async (operator) => {
      const { url } = await started()
      const { provider, account, code } = sandboxAccount(url, operator)
      await fault(url, { operator, mode: 'no_balance' })
      expect(await provider.balance(account)).toMatchObject({ balanceMicros: 0n })
      expect(await provider.place(account, { channel: 'flash_call', phone, code })).toMatchObject({
        kind: 'refused',
        reason: 'balance',
      })
      await fault(url, { operator, mode: 'down' })
      await expect(provider.balance(account)).rejects.toMatchObject({ reason: 'bad_answer' })
      const status = await provider.status(account, {
        channel: 'flash_call',
        phone,
        callId: '1',
        placedAt: new Date(),
      })
      expect(status.kind).toBe('fault')
    },
  )

  it.each([
    {},
    { operator: 'x', mode: 'refuse' },
    { ...telefonIp, mode: 'explode' },
    { ...telefonIp, count: 0 },
  ])('is not %j', async (request) => {
    const { url } = await started()
    expect((await fault(url, request)).status).toBe(422)
  })
})
