import { describe, expect, it } from 'vitest'
import type { Account } from '../../src/providers/provider.ts'
import { teleum } from '../../src/providers/teleum/index.ts'
import { ask } from '../../src/providers/teleum/request.ts'
import { createSessions } from '../../src/providers/teleum/sessions.ts'
import { namespaceOf } from '../../src/sandbox/credentials.ts'
import { sandboxLine } from '../../src/sandbox/lines.ts'
import type { Trait } from '../../src/sandbox/operators/teleum-report.ts'
import { control, fault, sandboxAccount, sandboxForTest } from './sandbox-accounts.ts'

const CALLER = '+74951112371'
const PHONE = '+79243555100'

type Typed = Account<never, never>

/** The sessions of one process, with a clock that only tests move. */
function process() {
  let now = 0
  const waited: number[] = []
  const sessions = createSessions({
    now: () => now,
    async wait(ms) {
      waited.push(ms)
      now += ms
    },
  })
  return {
    waited,
    pass: (ms: number) => (now += ms),
    balance: (account: Typed) => ask(account, 'balance', {}, { sessions }),
  }
}

/** A simulator with an injected clock, and an account at it whose lines call. */
async function simulated(traits: Trait[] = [], tenant = String(Math.random())) {
  let ahead = 0
  const sandbox = await sandboxForTest({ now: () => Date.now() + ahead })
  const { url } = sandbox
  const { account: bare } = sandboxAccount(url, 'teleum', { tenant })
  const { password: key } = bare.credentials as { password: string }
  const namespace = namespaceOf(key) ?? ''
  const lines = [CALLER, '+74951112372', '+74951112373'].map((number) => sandboxLine(key, number))
  const account = { ...bare, credentials: { ...(bare.credentials as object), lines } } as Typed
  const put = (path: string, body: unknown) =>
    control(url, `/teleum/control/${path}`, { method: 'PUT', body: JSON.stringify(body), tenant })
  expect((await put('traits', traits)).status).toBe(200)
  return {
    ...sandbox,
    account,
    namespace,
    tenant,
    be: (...given: Trait[]) => put('traits', given),
    moveClock: (seconds: number) => put('clock', { ahead_seconds: seconds }),
    pass: (ms: number) => (ahead += ms),
    logins: async () => (await control(url, '/teleum/control/logins', { tenant })).body as unknown as object,
    with: (changes: object) =>
      ({ ...account, credentials: { ...(account.credentials as object), ...changes } }) as Typed,
    /** A call that a line placed, as the trunk dials it. */
    call(end: 'no_answer' | 'busy' | 'answered' | 'unreachable' = 'no_answer', from = CALLER) {
      return sandbox.calls.dial({
        namespace,
        operator: 'teleum',
        channel: 'flash_call',
        phone: PHONE,
        from,
        code: from.slice(-4),
        course: { end, ringsAfterMs: 0, endsAfterMs: 0, reportedAfterMs: 0, rewritten: false },
      })
    },
    records: (from = Date.now() + ahead - 3_600_000, to = Date.now() + ahead + 60_000) =>
      teleum.records(account, { from: new Date(from), to: new Date(to), phone: null }),
  }
}

describe('the simulated Teleum', () => {
  it('tells balance, numbers and calls', async () => {
    const { account, call, records } = await simulated()
    expect(await teleum.balance(account)).toEqual({
      balanceMicros: 1_000_000_000_000n,
      currency: 'RUB',
      limitMicros: 0n,
      callPriceMicros: null,
    })
    expect(await teleum.ownNumbers?.(account)).toEqual([CALLER, '+74951112372', '+74951112373'])
    const { at } = call('busy')
    expect(await records()).toMatchObject({
      isWhole: true,
      rows: [
        {
          at: new Date(Math.floor(at / 1_000) * 1_000),
          zoned: false,
          phone: PHONE,
          code: '2371',
          ofCaller: true,
          row: expect.stringMatching(/^[0-9a-f]{24}$/),
          result: { status: 'busy', assumed: false, costMicros: null },
        },
      ],
    })
  })

  it('1: ends a session after 15 idle minutes, in two ways; one login, and the request is repeated once', async () => {
    const { account, logins, moveClock } = await simulated()
    const one = process()
    for (const [i, minutes] of [0, 14, 30, 46].entries()) {
      await moveClock(minutes * 60)
      one.pass(15 * 60_000)
      expect((await one.balance(account)).value).toMatchObject({ balance: '1000000.00' })
      expect(await logins()).toEqual({ logins: Math.max(1, i) })
    }
  })

  it('2: a login ends the session of another process, and both go on', async () => {
    const { account, logins } = await simulated()
    const [one, other] = [process(), process()]
    for (let round = 0; round < 3; round += 1) {
      expect((await one.balance(account)).value).toMatchObject({ balance: '1000000.00' })
      expect((await other.balance(account)).value).toMatchObject({ balance: '1000000.00' })
    }
    expect(await logins()).toEqual({ logins: 6 })
    expect(one.waited.length + other.waited.length).toBe(4)
  })

  it('3: rejects the id of another user', async () => {
    const { url, account } = await simulated()
    const { email, password } = account.credentials as { email: string; password: string }
    const ask = async (params: Record<string, string>) =>
      (await fetch(`${url}/teleum/?${new URLSearchParams(params)}`)).json() as Promise<Record<string, string>>
    const { token = '' } = await ask({ cmd: 'login', email, paswd: password })
    expect(await ask({ cmd: 'balance', token, vivaid: '1' })).toMatchObject({ err: 1 })
  })

  it('4: after a wrong password three times it rejects the right one for an hour', async () => {
    const { account, with: as, moveClock } = await simulated()
    for (const password of ['a', 'b', 'c']) {
      await expect(teleum.balance(as({ password }))).rejects.toMatchObject({ reason: 'unauthorized' })
    }
    await expect(teleum.balance(account)).rejects.toMatchObject({ reason: 'unauthorized' })
    await moveClock(3_601)
    const again = { ...account, baseUrl: `${account.baseUrl}/` }
    expect(await teleum.balance(again)).toMatchObject({ currency: 'RUB' })
  })

  it('5: writes rows 30 to 90 s late, and while pages are read', async () => {
    const { call, records, pass, be } = await simulated(['late_rows'])
    call()
    expect((await records()).rows).toEqual([])
    pass(91_000)
    await be('late_rows', 'growing_report', 'busy_report')
    expect((await records()).rows).toHaveLength(1)
  })

  it.each<[string, Trait[]]>([
    ['6: newest first', ['busy_report']],
    ['6: oldest first', ['busy_report', 'oldest_first']],
    ['7: counts of the page', ['busy_report', 'oldest_first', 'counts_of_page']],
    ['5: with new rows', ['busy_report', 'growing_report']],
    ['12: the last page again, for ever', ['busy_report', 'last_page_again', 'oldest_first']],
  ])('lists every call once, %s', async (_name, traits) => {
    const { call, records, pass } = await simulated(traits)
    for (let i = 0; i < 130; i += 1) {
      call('answered', `+7495111237${1 + (i % 3)}`)
      pass(2_000)
    }
    const { rows } = await records()
    expect(rows).toHaveLength(130)
    expect(new Set(rows.map(({ row }) => row)).size).toBe(130)
    expect((await records()).rows.map(({ row }) => row).toSorted()).toEqual(
      rows.map(({ row }) => row).toSorted(),
    )
  })

  it('8: finds a call of 23:59:58 on the last of the month, Moscow time', async () => {
    const { call, records, pass } = await simulated()
    const next = new Date(Date.now() + 3 * 3_600_000)
    const monthEnds = Date.UTC(next.getUTCFullYear(), next.getUTCMonth() + 1) - 3 * 3_600_000
    pass(monthEnds - 2_000 - Date.now())
    call()
    pass(10_000)
    call('busy', '+74951112372')
    const { rows } = await records(monthEnds - 60_000, monthEnds + 60_000)
    expect(rows.map(({ code }) => code)).toEqual(['2371', '2372'])
    expect((await records(monthEnds - 1_000, monthEnds + 60_000)).rows).toHaveLength(2)
  })

  it('9: two calls that are equal in everything are two records', async () => {
    const { call, records } = await simulated()
    const first = call()
    Object.assign(call(), { at: first.at })
    const { rows } = await records()
    expect(new Set(rows.map(({ row }) => row)).size).toBe(2)
  })

  it('10: words dispositions in Russian', async () => {
    const { call, records } = await simulated(['russian_words'])
    const ends = ['busy', 'answered', 'unreachable'] as const
    for (const end of ends) call(end)
    const { rows } = await records()
    expect(rows.map(({ result }) => result?.status).toSorted()).toEqual([...ends].toSorted())
  })

  it('11: writes blanks into names', async () => {
    const { account, call, records } = await simulated(['spaced_keys'])
    call('busy')
    expect(await teleum.balance(account)).toMatchObject({ currency: 'RUB' })
    expect(await teleum.ownNumbers?.(account)).toHaveLength(3)
    expect((await records()).rows).toHaveLength(1)
  })

  it('13: answers with nothing', async () => {
    const { account, records } = await simulated(['empty_answers'])
    await expect(teleum.balance(account)).rejects.toMatchObject({ reason: 'bad_answer' })
    await expect(records()).rejects.toMatchObject({ reason: 'bad_answer' })
  })

  it('14: a forwarded call is none of ours, nor is one of another number', async () => {
    const { call, records } = await simulated(['forwarded_row'])
    call()
    call('no_answer', '+74951119999')
    expect((await records()).rows).toHaveLength(1)
  })

  it('15: a balance with a comma is refused, not misread', async () => {
    const { account } = await simulated(['comma_balance'])
    await expect(teleum.balance(account)).rejects.toMatchObject({ reason: 'bad_answer' })
  })

  it('a call that we ended proves nothing: the record has no result', async () => {
    const { call, records } = await simulated()
    call('no_answer')
    expect((await records()).rows).toMatchObject([{ result: null, detail: 'NO ANSWER' }])
  })

  it('is down where the sandbox says so', async () => {
    const { account, url, tenant } = await simulated()
    await fault(url, { operator: 'teleum', mode: 'down' }, tenant)
    await expect(teleum.balance(account)).rejects.toMatchObject({ reason: 'bad_answer' })
  })

  it('says that it cannot call without a server, and that only http works', async () => {
    const { account: bare } = await simulated()
    expect(await teleum.warning?.(bare)).toMatchObject({ key: 'check_no_lines' })
    const account = { ...bare, settings: { ...(bare.settings as object), server: 'sip.example' } } as Typed
    expect(await teleum.warning?.(account)).toMatchObject({ key: 'check_http_only' })
    expect(await teleum.warning?.({ ...account, baseUrl: 'https://127.0.0.1:1' })).toBe(null)
  })
})
