import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import type { Draft } from '../../src/draft/draft.ts'
import { STRANGE } from '../../src/limits/known.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { newCounter } from '../../src/limits/phone-counters.ts'
import { completePolicy, DEFAULT_POLICY } from '../../src/limits/schemas.ts'
import { createSecrets } from '../../src/secrets.ts'
import { newId } from '../../src/values/ids.ts'
import { check } from '../../src/verifications/check.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { retry } from '../../src/verifications/retry.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { draftOf } from '../verifications/drafts.ts'
import { begin, endLifetime, outcome, placeCalls, secondApp, stored } from '../verifications/support.ts'
import { letPass } from './time.ts'

/** The wrong codes that the default policy compares for a phone in any 24 hours. */
const GUESSES = 9
/** Chance of one guess against one code of four digits. */
const ONE_GUESS = 1 / 10_000

describe('an attacker of one phone for a day', () => {
  const secrets = createSecrets(Buffer.alloc(32, 9))
  /**
   * Codes of two to four digits instead of four to six, and a hundred times the guesses: they then succeed a
   * hundred times as often, which fewer runs can measure.
   */
  const fields = { wrong_guesses_per_phone_day: GUESSES * 100 }
  const policy = {
    policy: completePolicy(fields),
    set: new Set<string>(),
    guarded: new Map<string, Date>(),
    hasStandings: false,
  }
  const bound = GUESSES / 100
  const digits = (length: number) => String(randomInt(10 ** length)).padStart(length, '0')
  const length = () => randomInt(2, 5)

  /** One verification after another, with random checks and codes, until not even one code of two digits fits. */
  function attack(): boolean {
    const now = new Date('2026-01-31T23:00:00Z')
    const counter = newCounter({ tenantId: newId(), livemode: true, phoneKey: Buffer.alloc(16) })
    const guesses = { policy, counter, familiar: STRANGE, standing: null }
    const submit = (draft: Draft<'guesses'>) =>
      check(draft, { digits: digits(length()), requester: null, secrets })
    for (;;) {
      const checks = randomInt(1, 11)
      const bare = draftOf({ status: 'delivered', checksLeft: checks, maxChecks: checks }, now)
      const codes = Array.from({ length: randomInt(1, 4) }, () => digits(length()))
      const { id } = bare.verification
      const attempts = codes.map((code) => ({
        endedAt: null,
        codeHash: secrets.hashCode(id, code),
        codeLength: code.length,
      }))
      const draft = { ...bare, guesses, attempts: attempts as Draft['attempts'] }
      let { kind } = submit(draft)
      while (kind === 'wrong' || kind === 'too_short') kind = submit(draft).kind
      if (kind === 'right') return true
      if (kind === 'no_guesses' && codes.length === 1) return false
    }
  }

  it('succeeds as often as nine guesses do, with any mix of verifications, checks, retries and code lengths', () => {
    const days = 1500
    const successes = Array.from({ length: days }, attack).filter((success) => success).length
    const deviation = Math.sqrt((bound * (1 - bound)) / days)
    expect(DEFAULT_POLICY.wrong_guesses_per_phone_day).toBe(GUESSES)
    expect(successes / days).toBeLessThan(bound + 5 * deviation)
    expect(successes).toBeGreaterThan(0)
  }, 120_000)
})

describe('an attacker of the whole service', () => {
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

  /** A tenant whose test keys obey the default limits of live keys. */
  async function victim(): Promise<ClientContext> {
    const client = await test.newTenant()
    await updatePolicy(client, DEFAULT_POLICY)
    return client
  }

  const tryToBegin = async (client: ClientContext, input: { phone: string; client_ip: string }) => {
    const started = await begin(client, { ...input, max_checks: 10 }).catch(() => null)
    if (started) await placeCalls(test, started.id)
    return started
  }

  /**
   * Submits twelve codes at once through two processes. Resolves to how many were compared and wrong: a lucky one, in
   * a thousand runs of this test, is no guess.
   */
  async function guessAtOnce(client: ClientContext, id: string, first: number, length = 4): Promise<number> {
    const codes = Array.from({ length: 12 }, (_, i) => String((first + i) % 10_000).padStart(length, '0'))
    const results = await Promise.all(
      codes.map((code, i) => outcome(confirm(i % 2 ? client : second.as(client), { id, code }))),
    )
    return results.filter((result) => /^(code_incorrect|checks_exhausted)$/.test(result)).length
  }

  it('at one phone, with many addresses, verifications and retries, gets nine guesses a day', async () => {
    const client = await victim()
    const phone = '+79243555100'
    let started = 0
    let compared = 0
    let chance = 0
    for (let minute = 0; minute < 24 * 60 - 13; minute += 13) {
      const client_ip = `203.0.${minute % 250}.${minute % 199}`
      const verification = await tryToBegin(client, { phone, client_ip })
      if (verification) {
        started += 1
        if (started % 2) {
          await letPass(test, client, 60)
          await retry(client, verification).catch(() => null)
          await placeCalls(test, verification.id)
        }
        const { calls } = await stored(test, verification.id)
        // A retry calls through the operator with five digits.
        const now = await guessAtOnce(client, verification.id, started * 100, 3 + calls.length)
        compared += now
        for (const { codeLength } of calls) chance += now * 10 ** -(codeLength ?? 0)
        await endLifetime(test, verification.id)
      }
      await letPass(test, client, 12 * 60)
    }
    expect(started).toBeGreaterThan(3)
    expect(compared).toBeGreaterThan(0)
    expect(compared).toBeLessThanOrEqual(GUESSES)
    expect(chance).toBeLessThanOrEqual(GUESSES * ONE_GUESS + 1e-12)
  }, 120_000)

  it('from one address, at many phones, gets twenty verifications an hour and nine guesses at each', async () => {
    const client = await victim()
    let started = 0
    let compared = 0
    for (let i = 0; i < 60; i++) {
      const verification = await tryToBegin(client, {
        phone: `+7924${300 + i}0000`,
        client_ip: '203.0.113.7',
      })
      if (!verification) continue
      started += 1
      compared += await guessAtOnce(client, verification.id, i * 12)
    }
    expect(started).toBe(20)
    expect(compared).toBeLessThanOrEqual(20 * GUESSES)
  }, 120_000)

  it('gets one guess a phone and day if the policy says so: the 10⁻⁴ of NIST SP 800-63B', async () => {
    const client = await test.newTenant()
    await updatePolicy(client, { wrong_guesses_per_phone_day: 1 })
    let compared = 0
    for (let i = 0; i < 5; i++) {
      const verification = await tryToBegin(client, { phone: '+79243555200', client_ip: `203.0.113.${i}` })
      if (verification) compared += await guessAtOnce(client, verification.id, i * 12)
    }
    expect(compared).toBe(1)
  })
})
