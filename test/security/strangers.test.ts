import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { erasePhone } from '../../src/erasure/erase.ts'
import { forgetCounters } from '../../src/limits/manage.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { confirmByPhone } from '../../src/verifications/confirm-by-phone.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import {
  begin,
  beginAndRing,
  endLifetime,
  newPhone,
  outcome,
  placeCalls,
  refusal,
  secondApp,
  stored,
  tally,
  uuidOf,
  wrongFor,
} from '../verifications/support.ts'
import { becomeKnown, NOBODY, OWNER, prove, stranger, strictTenant, type Who } from './strangers.ts'
import { letPass } from './time.ts'

let test: TestApp
let second: ReturnType<typeof secondApp>
beforeAll(async () => {
  test = await startTestApp()
  second = secondApp(test)
})
afterAll(async () => {
  await second.app.close()
  await test.stop()
})

/** A day of starts, each with as many wrong codes as are compared. Returns how many of both there were. */
async function attackForADay(client: ClientContext, phone: string, who: (i: number) => Who) {
  let starts = 0
  let guesses = 0
  for (let i = 0; i < 100; i++) {
    const by = who(i)
    const started = await begin(client, { phone, max_checks: 10, ...by }).catch(() => null)
    if (started) {
      starts += 1
      await placeCalls(test, started.id)
      for (let code = 0; code < 10; code++) {
        const said = await outcome(confirm(client, { id: started.id, code: `000${code}`, ...by }))
        if (said === 'code_incorrect') guesses += 1
      }
      await endLifetime(test, started.id)
    }
    await letPass(test, client, 14 * 60)
  }
  return { starts, guesses }
}

describe('strangers who know a phone, for a day', () => {
  it.each<[string, (i: number) => Who, { starts: number; guesses: number }, string]>([
    ['from one address', () => stranger(0), { starts: 7, guesses: 3 }, 'ok'],
    ['from a thousand addresses', stranger, { starts: 7, guesses: 6 }, 'ok'],
    [
      'with a new device for each request',
      (i) => ({ device: `made up ${i}` }),
      { starts: 7, guesses: 6 },
      'ok',
    ],
    ['through a client that names nobody', () => NOBODY, { starts: 10, guesses: 9 }, 'rate_limited'],
  ])(
    '%s, get a bounded number of starts and guesses; the owner, named by the client, is still served',
    async (_, who, most, owner) => {
      const client = await strictTenant(test)
      const phone = newPhone()
      await becomeKnown(test, client, phone)
      expect(await attackForADay(client, phone, who)).toEqual(most)
      expect(await outcome(prove(test, client, phone, OWNER))).toBe(owner)
    },
  )

  it('with one start and nine wrong codes at once, leave the owner a start and guesses', async () => {
    const client = await strictTenant(test)
    const phone = newPhone()
    await becomeKnown(test, client, phone)
    const by = stranger(1)
    const { id, code } = await beginAndRing(test, client, { phone, max_checks: 10, ...by })
    const wrong = Array.from({ length: 9 }, (_, i) => wrongFor(code, i + 1))
    const said = []
    for (const typed of wrong) said.push(await outcome(confirm(client, { id, code: typed, ...by })))
    expect(tally(said)).toEqual({ code_incorrect: 3, guesses_exhausted: 6 })
    expect(await outcome(confirm(client, { id, code, ...by }))).toBe('guesses_exhausted')
    expect(await outcome(prove(test, client, phone, OWNER))).toBe('ok')
  })

  it('leave a known requester three wrong codes, whatever they have used up', async () => {
    const client = await strictTenant(test)
    const phone = newPhone()
    await becomeKnown(test, client, phone)
    await attackForADay(client, phone, stranger)
    await letPass(test, client, 3600)
    const own = await beginAndRing(test, client, { phone, max_checks: 10, ...OWNER })
    const submit = (code: string) => outcome(confirm(client, { id: own.id, code, ...OWNER }))
    const said = [await submit(own.wrong), await submit(own.wrong), await submit(own.code)]
    expect(said).toEqual(['code_incorrect', 'code_incorrect', 'ok'])
  })
})

describe('races over two processes', () => {
  const side = (client: ClientContext, i: number) => (i % 2 ? client : second.as(client))

  it('compare six wrong codes of forty requesters, three of one requester, and three more of a known one', async () => {
    const client = await strictTenant(test)
    const phone = newPhone()
    await becomeKnown(test, client, phone)
    const { id, wrong } = await beginAndRing(test, client, { phone, max_checks: 10, ...stranger(0) })
    const race = async (who: (i: number) => Who) =>
      tally(
        await Promise.all(
          Array.from({ length: 40 }, (_, i) =>
            outcome(confirm(side(client, i), { id, code: wrong, ...who(i) })),
          ),
        ),
      )
    expect(await race(() => stranger(0))).toEqual({ code_incorrect: 3, guesses_exhausted: 37 })
    expect(await race((i) => stranger(i + 1))).toEqual({ code_incorrect: 3, guesses_exhausted: 37 })
    expect(await race(() => OWNER)).toEqual({ code_incorrect: 3, guesses_exhausted: 37 })
  })

  it('give strangers all starts but the reserved ones, and the owner those', async () => {
    const client = await strictTenant(test, { phone_pause_seconds: null })
    const phone = newPhone()
    await becomeKnown(test, client, phone)
    const race = (who: (i: number) => Who) =>
      Promise.all(Array.from({ length: 30 }, (_, i) => outcome(begin(side(client, i), { phone, ...who(i) }))))
    expect(tally(await race(stranger))).toEqual({ ok: 2, rate_limited: 28 })
    expect(tally(await race(() => OWNER))).toEqual({ ok: 1, rate_limited: 29 })
  })

  it('leave three of many requesters’ starts active, and none superseded', async () => {
    const client = await test.newTenant()
    const phone = newPhone()
    const said = await Promise.all(
      Array.from({ length: 30 }, (_, i) => outcome(begin(side(client, i), { phone, ...stranger(i) }))),
    )
    expect(tally(said)).toEqual({ ok: 3, rate_limited: 27 })
    const rows = await test.app.db.sql<{ status: string }[]>`
      select status from verifications where tenant_id = ${client.actor.tenantId} and status <> 'denied'`
    expect(rows.map(({ status }) => status)).toEqual(['pending', 'pending', 'pending'])
  })
})

describe('a live verification', () => {
  it('survives another requester’s start, and is superseded by its own, or by an unnamed one if unnamed', async () => {
    const client = await test.newTenant()
    const phone = newPhone()
    const start = (who: Who) => begin(client, { phone, ...who })
    const [own, nobody, strange] = [await start(OWNER), await start(NOBODY), await start(stranger(1))]
    const statuses = async () =>
      Promise.all([own, nobody, strange].map(async ({ id }) => (await stored(test, id)).status))
    expect(await statuses()).toEqual(['pending', 'pending', 'pending'])
    await start(NOBODY)
    expect(await statuses()).toEqual(['pending', 'cancelled', 'pending'])
    await start({ device: OWNER.device })
    expect(await statuses()).toEqual(['cancelled', 'cancelled', 'pending'])
    const neighbour = { client_ip: '2001:db8:0:7::1' }
    expect(await outcome(start(neighbour))).toBe('rate_limited')
    await endLifetime(test, strange.id)
    const first = await start(neighbour)
    await start({ client_ip: '2001:db8:0:7::2' })
    expect(await stored(test, first.id)).toMatchObject({ status: 'cancelled', failureCode: 'superseded' })
    expect(await stored(test, strange.id)).toMatchObject({ status: 'expired' })
  })

  it('has three places: a fourth gets 429 until one ends, but a known requester replaces the oldest', async () => {
    const client = await test.newTenant()
    const phone = newPhone()
    await prove(test, client, phone, OWNER)
    const taken = []
    for (let i = 0; i < 3; i++)
      taken.push(await begin(client, { phone, ttl_seconds: 60 + i, ...stranger(i) }))
    const refused = await refusal(begin(client, { phone, ...stranger(3) }))
    expect(refused).toMatchObject({ code: 'rate_limited', options: { extra: { rule: 'live_per_phone' } } })
    const [event] = await test.app.db.sql<{ data: string }[]>`
      select data from audit_log where verification_id = ${uuidOf(String(refused.options.extra?.verification))}`
    expect(JSON.parse(event?.data ?? '')).toMatchObject({ requester: 'unknown', counter: 3, threshold: 3 })
    expect(refused.options.retryAfterSeconds).toBeLessThanOrEqual(60)
    expect(await outcome(prove(test, client, phone, OWNER))).toBe('ok')
    const statuses = await Promise.all(taken.map(async ({ id }) => (await stored(test, id)).status))
    expect(statuses).toEqual(['cancelled', 'pending', 'pending'])
  })

  it('keeps its checks from strangers who know the phone but not the id', async () => {
    const client = await test.newTenant()
    const phone = newPhone()
    const own = await beginAndRing(test, client, { phone, max_checks: 1, ...OWNER })
    const by = stranger(1)
    for (let i = 1; i <= 3; i++) {
      const code = wrongFor(own.code, i)
      expect(await outcome(confirmByPhone(client, { phone, code, ...by }))).toBe('code_incorrect')
    }
    expect(await outcome(confirmByPhone(client, { phone, code: own.code, ...by }))).toBe('guesses_exhausted')
    expect(await stored(test, own.id)).toMatchObject({ checksLeft: 1 })
    expect(await outcome(confirm(client, { id: own.id, code: own.code, ...OWNER }))).toBe('ok')
  })
})

describe('a known requester', () => {
  it('waits only for the pause of its own starts', async () => {
    const client = await strictTenant(test)
    const phone = newPhone()
    await becomeKnown(test, client, phone)
    await begin(client, { phone, ...stranger(1) })
    expect(await outcome(begin(client, { phone, ...stranger(2) }))).toBe('phone_cooldown')
    expect(await outcome(begin(client, { phone, ...OWNER }))).toBe('ok')
    expect(await outcome(begin(client, { phone, ...OWNER }))).toBe('phone_cooldown')
  })

  it('is the one who typed the right code, else the one who started; for this phone, tenant and mode, for ninety days', async () => {
    const client = await strictTenant(test, { phone_pause_seconds: null })
    const phone = newPhone()
    const confirmer = { device: 'typed it' }
    const { id, code } = await beginAndRing(test, client, { phone, ...OWNER })
    await confirm(client, { id, code, ...confirmer })
    const isKnown = async (who: Who, at = phone, as = client) => {
      await letPass(test, as, 86_401)
      for (const i of [8, 9]) await begin(as, { phone: at, ...stranger(i) }).catch(() => null)
      const said = await outcome(begin(as, { phone: at, ...who }))
      await test.app.db.sql`
      with moved as (update verifications set expires_at = now() where tenant_id = ${as.actor.tenantId} and completed_at is null returning id, expires_at)
      update live_verifications l set expires_at = moved.expires_at from moved where moved.id = l.verification_id`
      return said === 'ok'
    }
    expect([await isKnown(confirmer), await isKnown(OWNER)]).toEqual([true, false])
    expect(await isKnown(confirmer, newPhone())).toBe(false)
    const silent = newPhone()
    const started = await beginAndRing(test, client, { phone: silent, ...OWNER })
    await confirm(client, { id: started.id, code: started.code })
    expect(await isKnown(OWNER, silent)).toBe(true)
    const age = (days: number) => test.app.db.sql`
      update known_requesters set approved_at = now() - make_interval(days => ${days}, mins => 1)
      where tenant_id = ${client.actor.tenantId}`
    await age(89)
    await forgetCounters(client)
    expect(await isKnown(OWNER, silent)).toBe(true)
    await age(90)
    expect(await isKnown(OWNER, silent)).toBe(false)
    await forgetCounters(client)
    const left = await test.app.db
      .sql`select from known_requesters where tenant_id = ${client.actor.tenantId}`
    expect(left).toEqual([])
  })

  it('does not come from a stranger’s code that an unnamed owner types by phone', async () => {
    const client = await strictTenant(test)
    const phone = newPhone()
    const { code } = await beginAndRing(test, client, { phone, ...stranger(1) })
    expect(await outcome(confirmByPhone(client, { phone, code }))).toBe('ok')
    const known = await test.app.db
      .sql`select from known_requesters where tenant_id = ${client.actor.tenantId}`
    expect(known).toEqual([])
  })

  it('is stored as keyed hashes, and erased with the phone', async () => {
    const client = await test.newTenant()
    const [phone, other] = [newPhone(), newPhone()]
    await prove(test, client, phone, OWNER)
    await prove(test, client, other, OWNER)
    const rows = () => test.app.db.sql`
      select * from known_requesters where tenant_id = ${client.actor.tenantId} order by approved_at`
    const { tenantId } = client.actor
    const [, kept] = await rows()
    expect(kept?.phoneKey).toEqual(test.app.secrets.pseudonym(tenantId, other))
    expect(kept?.requester).toHaveLength(16)
    await test.app.db.sql`
      update attempts set status = 'no_answer', ended_at = now()
      where verification_id in (select id from verifications where tenant_id = ${tenantId})`
    await erasePhone(client, { phone })
    expect(await rows()).toEqual([kept])
    const erased = await test.app.db.sql`
      select requester from verifications where tenant_id = ${tenantId} and phone like 'erased:%'`
    expect(erased).toEqual([{ requester: null }])
  })
})
