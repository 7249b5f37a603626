import { describe, expect, it } from 'vitest'
import { confirm } from '../../src/verifications/confirm.ts'
import { retry } from '../../src/verifications/retry.ts'
import { openTenant } from '../setup/tenant.ts'
import {
  beginAndRing,
  dialledCodes,
  letPauseEnd,
  newPhone,
  outcome,
  placeCalls,
  refusal,
  secondApp,
  stored,
  tally,
  wrongFor,
} from './support.ts'

const { test, client } = await openTenant()

describe('wrong guesses of one phone', () => {
  const guess = (id: string, code: string, as = client) => outcome(confirm(as, { id, code }))

  /** Makes wrong guesses, three with each verification. */
  async function useUp(phone: string, guesses: number): Promise<void> {
    for (let left = guesses; left > 0; left -= 3) {
      const { id, wrong } = await beginAndRing(test, client, { phone, max_checks: 3 })
      for (let i = 0; i < Math.min(3, left); i++) await guess(id, wrong)
    }
  }

  it('number nine a day over all its verifications; then even a right code is refused, and costs no check', async () => {
    const phone = newPhone()
    await useUp(phone, 9)
    const { id, code, wrong } = await beginAndRing(test, client, { phone })
    for (const typed of [code, wrong, code]) {
      const refused = await refusal(confirm(client, { id, code: typed }))
      expect(refused).toMatchObject({ code: 'guesses_exhausted', status: 429 })
      expect(refused.options.retryAfterSeconds).toBeGreaterThan(86_000)
      expect(refused.options.retryAfterSeconds).toBeLessThanOrEqual(86_400)
    }
    expect(await stored(test, id)).toMatchObject({ status: 'calling', checksLeft: 3 })
  })

  it('allow a right code as the ninth', async () => {
    const phone = newPhone()
    await useUp(phone, 8)
    const { id, code } = await beginAndRing(test, client, { phone })
    expect(await guess(id, code)).toBe('ok')
  })

  it('are not offset by right codes in between', async () => {
    const phone = newPhone()
    await useUp(phone, 6)
    const approved = await beginAndRing(test, client, { phone })
    expect(await guess(approved.id, approved.code)).toBe('ok')
    await useUp(phone, 3)
    const { id, code } = await beginAndRing(test, client, { phone })
    expect(await guess(id, code)).toBe('guesses_exhausted')
  })

  it('expire after a day', async () => {
    const phone = newPhone()
    await useUp(phone, 9)
    await test.app.db.sql`
      update phone_counters set wrong_guesses = array(
        select at - interval '1 day' from unnest(wrong_guesses) as at)`
    const { id, code } = await beginAndRing(test, client, { phone })
    expect(await guess(id, code)).toBe('ok')
  })

  it('in one tenant or mode do not count in another', async () => {
    const phone = newPhone()
    await useUp(phone, 9)
    const other = await test.newTenant('other')
    const { id, code } = await beginAndRing(test, other, { phone })
    expect(await guess(id, code, other)).toBe('ok')
  })

  it('count by the chance of every compared code, and cost the verification one check', async () => {
    const phone = newPhone()
    await useUp(phone, 7)
    const { id, code } = await beginAndRing(test, client, { phone, max_checks: 10 })
    await letPauseEnd(test, id)
    await retry(client, { id })
    await placeCalls(test, id)
    const codes = dialledCodes(test, client, phone).slice(-2)
    expect(codes[0]).toBe(code)
    const wrong = [1, 2, 3, 4, 5]
      .map((by) => wrongFor(code, by))
      .find((one) => codes.every((c) => !c.endsWith(one)))
    expect(await guess(id, `0${wrong}`)).toBe('code_incorrect')
    expect((await stored(test, id)).checksLeft).toBe(9)
    // 8.1 guesses are used up: one more check with four digits costs one, and with five 1.1.
    for (const typed of [`0${wrong}`, ...codes]) expect(await guess(id, typed)).toBe('guesses_exhausted')
    expect((await stored(test, id)).checksLeft).toBe(9)
  })

  it('that race over two processes number nine as well', async () => {
    const second = secondApp(test)
    const phone = newPhone()
    const { id, code } = await beginAndRing(test, client, { phone, max_checks: 10 })
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        guess(id, wrongFor(code, i + 1), i % 2 ? second.as(client) : client),
      ),
    )
    expect(tally(results)).toEqual({ code_incorrect: 9, guesses_exhausted: 51 })
    expect(await stored(test, id)).toMatchObject({ status: 'calling', checksLeft: 1 })
    await second.app.close()
  })
})
