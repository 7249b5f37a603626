import { describe, expect, it } from 'vitest'
import { updatePolicy } from '../../src/limits/manage.ts'
import { shortName } from '../../src/limits/requester.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { openTenant } from '../setup/tenant.ts'
import {
  beginAndRing,
  newPhone,
  outcome,
  refusal,
  tally,
  uuidOf,
  wrongFor,
} from '../verifications/support.ts'
import { becomeKnown, NOBODY, OWNER, prove, stranger, strictTenant, type Who } from './strangers.ts'
import { letPass } from './time.ts'

const { test, client } = await openTenant()

/** A verification whose code has another length than the simulated operators' codes. */
async function ring(phone: string, code: string, by: Who = NOBODY, as = client): Promise<string> {
  const { id } = await beginAndRing(test, as, { phone, max_checks: 10, ...by })
  await test.app.db.sql`
    update attempts set code_hash = ${test.app.secrets.hashCode(uuidOf(id), code)}, code_length = ${code.length}
    where verification_id = ${uuidOf(id)}`
  return id
}

const check = (id: string, code: string, by: Who = NOBODY, as = client) =>
  outcome(confirm(as, { id, code, ...by }))

/** Submits wrong codes, ten with each verification. */
async function useUp(phone: string, code: string, checks: number): Promise<void> {
  for (let left = checks; left > 0; left -= 10) {
    const id = await ring(phone, code)
    for (let i = 0; i < Math.min(10, left); i++) await check(id, wrongFor(code))
  }
}

async function row(phone: string) {
  const [counter] = await test.app.db.sql<{ wrongGuesses: Date[]; namedGuesses: object[] }[]>`
    select wrong_guesses, named_guesses from phone_counters
    where phone_key = ${test.app.secrets.pseudonym(client.actor.tenantId, phone)}`
  return counter
}

describe('wrong codes of one phone', () => {
  it('of six digits number thirty a day; then even a right code is refused, for as long as it says', async () => {
    const phone = newPhone()
    await useUp(phone, '482910', 29)
    await letPass(test, client, 3600)
    await useUp(phone, '482910', 1)
    const id = await ring(phone, '771204')
    const refused = await refusal(confirm(client, { id, code: '771204' }))
    expect(refused).toMatchObject({ code: 'guesses_exhausted', status: 429 })
    expect(refused.options.rateLimit).toMatchObject({ policy: 'wrong_checks_per_phone_day', limit: 30 })
    expect(refused.options.retryAfterSeconds).toBeGreaterThan(86_400 - 3600 - 60)
    expect(refused.options.retryAfterSeconds).toBeLessThanOrEqual(86_400 - 3600)
    await letPass(test, client, refused.options.retryAfterSeconds ?? 0)
    expect(await check(id, '771204')).toBe('ok')
  })

  it('add up by their chance: what is left for six digits may be too little for four', async () => {
    const phone = newPhone()
    await useUp(phone, '4829', 8)
    await useUp(phone, '48291', 9)
    const short = await ring(phone, '7712')
    const refused = await refusal(confirm(client, { id: short, code: '7712' }))
    expect(refused.options.rateLimit).toMatchObject({ policy: 'wrong_guesses_per_phone_day', limit: 9 })
    const long = await ring(phone, '771204')
    expect(await check(long, '771205')).toBe('code_incorrect')
    expect(await check(long, '771204')).toBe('ok')
  })

  it('leave a known requester three more, however many six-digit codes strangers type', async () => {
    const strict = await strictTenant(test, { starts_per_phone_day: null, starts_per_phone_hour: null })
    const phone = newPhone()
    await becomeKnown(test, strict, phone)
    const said = []
    for (let i = 0; i < 3; i++) {
      await letPass(test, strict, 900)
      const id = await ring(phone, '482910', stranger(i), strict)
      for (let n = 0; n < 10; n++) said.push(await check(id, '482911', stranger(i), strict))
    }
    expect(tally(said)).toEqual({ code_incorrect: 25, checks_exhausted: 2, guesses_exhausted: 3 })
    expect(await outcome(prove(test, strict, phone, OWNER))).toBe('ok')
  })

  it('of four digits may be more than thirty a day if the tenant says so', async () => {
    const lenient = await test.newTenant()
    await updatePolicy(lenient, { wrong_guesses_per_phone_day: 32 })
    const phone = newPhone()
    const said = []
    for (let i = 0; i < 4; i++) {
      const { id, wrong } = await beginAndRing(test, lenient, { phone, max_checks: 10 })
      for (let n = 0; n < 10; n++) said.push(await check(id, wrong, NOBODY, lenient))
    }
    expect(said.filter((one) => one !== 'guesses_exhausted')).toHaveLength(32)
  })
})

describe('beside processes of the version before', () => {
  it('what they counted still counts: each code as one guess, whatever its length', async () => {
    const phone = newPhone()
    const by = { device: 'mine' }
    const id = await ring(phone, '482910', by)
    const [name = Buffer.alloc(0)] = test.app.secrets.requesters(client.actor.tenantId, 'device mine')
    const at = Date.now() - 3_600_000
    await test.app.db.sql`
      update phone_counters set
        wrong_guesses = array_fill(${new Date(at).toISOString()}::timestamptz, array[8]),
        named_guesses = ${JSON.stringify(Array(3).fill({ by: shortName(name), at }))}::jsonb
      where phone_key = ${test.app.secrets.pseudonym(client.actor.tenantId, phone)}`
    const limitOf = async (verb: Promise<unknown>) => (await refusal(verb)).options.rateLimit?.policy
    expect(await check(id, '482911')).toBe('code_incorrect')
    const short = await ring(phone, '4829')
    expect(await limitOf(confirm(client, { id: short, code: '4829' }))).toBe('wrong_guesses_per_phone_day')
    await updatePolicy(client, { guesses_kept_for_known: 0 })
    const own = confirm(client, { id, code: '482910', ...by })
    expect(await limitOf(own)).toBe('wrong_guesses_per_requester_day')
    expect(await check(id, '482910')).toBe('ok')
    const [event] = await test.app.db.sql<{ data: string }[]>`
      select data from audit_log where verification_id = ${uuidOf(id)} and type = 'check.wrong'`
    expect(JSON.parse(event?.data ?? '').guesses).toBe(0.01)
  })

  it('they read at least as many guesses as were spent, in a row that stays small', async () => {
    const phone = newPhone()
    await useUp(phone, '482910', 5)
    await useUp(phone, '4829', 2)
    const { wrongGuesses, namedGuesses } = (await row(phone)) ?? {}
    expect(wrongGuesses).toHaveLength(7)
    expect(namedGuesses).toEqual(Array(5).fill({ by: '', at: expect.any(Number), millionths: 1 }))
  })
})
