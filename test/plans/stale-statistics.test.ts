import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { sweep } from '../../src/calls/sweep.ts'
import { reportEnds } from '../../src/limits/guard.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { confirmByPhone } from '../../src/verifications/confirm-by-phone.ts'
import { moveOn, next } from '../../src/verifications/next.ts'
import { list } from '../../src/verifications/read.ts'
import { retry } from '../../src/verifications/retry.ts'
import { ListQuery } from '../../src/verifications/schemas.ts'
import { ends } from '../security/ends.ts'
import { begin, letPauseEnd, newPhone, outcome, stored, uuidOf } from '../verifications/support.ts'
import { crowd, fill } from './crowd.ts'
import { listen } from './explained.ts'
import { openStage, type Stage } from './stage.ts'

const heard = listen()
const flash = { channel: 'flash_call', wait_seconds: 300 } as const

/** Rows read per table for one verification. */
const ROWS_MOST = 50

describe('with thousands of active verifications, and statistics from before there were any', () => {
  let stage: Stage
  let { test, told, client, worker, account, firstCall } = {} as Stage

  beforeAll(async () => {
    stage = await openStage({
      settings: { max_in_flight: 10_000, max_per_second: 1000 },
      generic: false,
      async prepare(url, live, account) {
        await fill(url, live.client.actor, account.uuid, { live: 0 })
        await crowd(url, live.client.actor, { live: 5000, callsOf: (await live.newAccount()).uuid })
      },
    })
    ;({ test, told, client, worker, account, firstCall } = stage)
  })
  afterAll(() => stage?.stop())

  /** Checks that `work` reads few rows of each table, however large the table. */
  async function looksAtFew<T>(work: () => Promise<T>): Promise<T> {
    heard.length = 0
    const result = await work()
    expect(heard.length).toBeGreaterThan(0)
    const many = heard.filter(({ scans }) => scans.some(({ looked }) => looked > ROWS_MOST))
    expect(many).toEqual([])
    return result
  }

  it('starting, superseding, placing, polling and confirming read a few rows', async () => {
    const phone = newPhone()
    await looksAtFew(() => begin(client, { phone, client_ip: '203.0.113.7' }))
    await test.app.db.sql`update phone_counters set starts = '{}'`
    const { id } = await looksAtFew(() => begin(client, { phone, client_ip: '203.0.113.7' }))
    const call = await firstCall(id)
    await looksAtFew(() => place(worker, call))
    await looksAtFew(() => poll(worker, call))
    const code = account.ledger(phone)[0]?.code ?? ''
    const wrong = code.replace(/./g, (digit) => String((Number(digit) + 1) % 10))
    const who = { client_ip: '203.0.113.7' }
    expect(await looksAtFew(() => outcome(confirm(client, { id, code: wrong, ...who })))).toBe(
      'code_incorrect',
    )
    const byPhone = () => outcome(confirmByPhone(client, { phone, code: wrong, ...who }))
    expect(await looksAtFew(byPhone)).toBe('code_incorrect')
    await looksAtFew(() => confirm(client, { id, code, ...who }))
  })

  it('a confirm by phone does not read the phone’s earlier verifications', async () => {
    const phone = newPhone()
    const { id } = await begin(client, { phone })
    await place(worker, await firstCall(id))
    await test.app.db.sql`
      insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries, attempts,
        created_at, expires_at, completed_at, audit_seq, audit_head)
      select (left(id::text, 24) || right(md5(id::text || i), 12))::uuid, tenant_id, livemode, phone, channel, 'expired', 3, 3, 0, 0, now(), now(), now(), 1, '\\x00'
      from verifications, generate_series(1, 1000) as i where id = ${uuidOf(id)}`
    await looksAtFew(() => outcome(confirmByPhone(client, { phone, code: '0000' })))
    await looksAtFew(() => outcome(begin(client, { phone, device: 'mine' })))
  })

  it('retrying and cancelling read a few rows', async () => {
    const { id } = await begin(client, { phone: newPhone() })
    await place(worker, await firstCall(id))
    await letPauseEnd(test, id)
    await test.app.db.sql`update phone_counters set starts = '{}'`
    expect(await looksAtFew(() => outcome(retry(client, { id })))).toBe('ok')
    await looksAtFew(() => cancel(client, { id }))
  })

  it('beginning a step and listing what is in progress read a few rows', async () => {
    for (const begins of [
      (id: string) => next(client, { id }),
      (id: string) => moveOn(worker, { verification: uuidOf(id) }),
      () => sweep(worker),
    ]) {
      const { id } = await begin(client, { phone: newPhone(), workflow: [flash, flash] })
      await place(worker, await firstCall(id))
      await test.app.db.sql`update phone_counters set starts = '{}'`
      await test.app.db.sql`
      with moved as (update verifications set next_at = now() where id = ${uuidOf(id)} returning id, next_at)
      update live_verifications l set next_at = moved.next_at from moved where moved.id = l.verification_id`
      await looksAtFew<unknown>(() => begins(id))
      expect(await stored(test, id)).toMatchObject({ step: 1, calls: [{ step: 0 }, { step: 1 }] })
    }
    const query = ListQuery.parse({ limit: 5 })
    await looksAtFew(() => list(client, query))
  })

  it('the sweep reads what is due, and reports read their ranges', async () => {
    const { id } = await begin(client, { phone: newPhone() })
    await test.app.db
      .sql`update due_attempts set due_at = now(), slot = 0 where verification_id = ${uuidOf(id)}`
    await looksAtFew(() => sweep(worker))
    const { tenantId } = client.actor
    const reports = Array.from({ length: 20 }, (_, i) => {
      return { tenantId, livemode: true, range: `+7924${300 + i}`, byWeight: ends(1, 1) }
    })
    await looksAtFew(() => reportEnds(told, reports))
  })
})
