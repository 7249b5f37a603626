import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { retry } from '../../src/verifications/retry.ts'
import { openTenant } from '../setup/tenant.ts'
import {
  begin,
  beginAndRing,
  dialled,
  endLifetime,
  letPauseEnd,
  outcome,
  placeCalls,
  refusal,
  secondApp,
  stored,
  tally,
  uuidOf,
} from './support.ts'

const { test, client } = await openTenant()

describe('a retry', () => {
  it('calls again on the next account, and on the first after the last; all codes are right', async () => {
    const { id, phone } = await beginAndRing(test, client)
    for (let i = 1; i <= 3; i++) {
      await letPauseEnd(test, id)
      expect(await retry(client, { id })).toMatchObject({ id, attempts: i })
      await placeCalls(test, id)
    }
    const calls = dialled(test, client, phone)
    expect(calls.map((call) => call.operator)).toEqual(['telefon-ip', 'new-tel', 'telefon-ip', 'new-tel'])
    const row = await stored(test, id)
    expect(row.calls.map((call) => [call.ordinal, call.round])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
    ])
    await expect(confirm(client, { id, code: calls[1]?.from ?? '' })).resolves.toMatchObject({ attempts: 4 })
    expect((await readAudit(client, { id })).chain).toBe('intact')
  })

  it('is possible three times', async () => {
    const { id } = await beginAndRing(test, client)
    for (let i = 0; i < 3; i++) {
      await letPauseEnd(test, id)
      await retry(client, { id })
      await placeCalls(test, id)
    }
    await letPauseEnd(test, id)
    expect(await refusal(retry(client, { id }))).toMatchObject({
      code: 'rate_limited',
      status: 429,
      options: { retryAfterSeconds: expect.any(Number) },
    })
    expect(await stored(test, id)).toMatchObject({ retries: 3, attempts: 4 })
  })

  it('within 30 s of the last placing is too soon, and says how long to wait', async () => {
    const { id } = await beginAndRing(test, client)
    const refused = await refusal(retry(client, { id }))
    expect(refused).toMatchObject({ code: 'retry_too_soon', status: 429 })
    expect(refused.options.retryAfterSeconds).toBeGreaterThan(0)
    expect(refused.options.retryAfterSeconds).toBeLessThanOrEqual(30)
    expect(await stored(test, id)).toMatchObject({ retries: 0, attempts: 1 })
  })

  it('is refused as in progress while a call is queued or being placed', async () => {
    const { id } = await begin(client)
    expect(await refusal(retry(client, { id }))).toMatchObject({ code: 'attempt_in_progress', status: 409 })
    await test.app.db.sql`
      update attempts set status = 'placing', placing_at = now() - interval '1 min'
      where verification_id = ${uuidOf(id)}`
    expect(await refusal(retry(client, { id }))).toMatchObject({ code: 'attempt_in_progress', status: 409 })
  })

  it('of a verification that has ended is refused as not active', async () => {
    const cancelled = await beginAndRing(test, client)
    await cancel(client, cancelled)
    const expired = await beginAndRing(test, client)
    await endLifetime(test, expired.id)
    for (const [{ id }, status] of [
      [cancelled, 'cancelled'],
      [expired, 'expired'],
    ] as const) {
      expect(await refusal(retry(client, { id }))).toMatchObject({
        code: 'verification_not_active',
        status: 409,
        options: { extra: { verification_status: status } },
      })
    }
    expect((await stored(test, expired.id)).status).toBe('expired')
  })

  it('adds no checks', async () => {
    const { id, wrong, code } = await beginAndRing(test, client, { max_checks: 2 })
    expect(await outcome(confirm(client, { id, code: wrong }))).toBe('code_incorrect')
    await letPauseEnd(test, id)
    await retry(client, { id })
    await placeCalls(test, id)
    expect((await stored(test, id)).checksLeft).toBe(1)
    await expect(confirm(client, { id, code })).resolves.toMatchObject({ checks_left: 1 })
  })

  it('of another tenant’s verification is refused as unknown', async () => {
    const { id } = await beginAndRing(test, client)
    const stranger = await test.newTenant('stranger')
    expect(await outcome(retry(stranger, { id }))).toBe('not_found')
  })

  it('sent 30 times at once over two processes calls once', async () => {
    const second = secondApp(test)
    const { id, phone } = await beginAndRing(test, client)
    await letPauseEnd(test, id)
    const asked = Array.from({ length: 30 }, (_, i) =>
      outcome(retry(i % 2 ? client : second.as(client), { id })),
    )
    expect(tally(await Promise.all(asked))).toEqual({ ok: 1, attempt_in_progress: 29 })
    await placeCalls(test, id)
    expect(dialled(test, client, phone)).toHaveLength(2)
    await second.app.close()
  })
})
