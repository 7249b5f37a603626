import postgres from 'postgres'
import { afterAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { openTenant } from '../setup/tenant.ts'
import { beginAndRing, refusal, uuidOf } from '../verifications/support.ts'

const { test, client } = await openTenant()

describe('audit events', () => {
  const sql = postgres(test.database.url, { max: 1, onnotice: () => {} })
  afterAll(() => sql.end())

  const chainOf = async (id: string) => (await readAudit(client, { id })).chain

  /** A verification with a handful of events. */
  async function approved(): Promise<{ id: string; uuid: string }> {
    const { id, code, wrong } = await beginAndRing(test, client)
    await refusal(confirm(client, { id, code: wrong }))
    await confirm(client, { id, code })
    expect(await chainOf(id)).toBe('intact')
    return { id, uuid: uuidOf(id) }
  }

  /** Changes rows without triggers, as only the database's owner can. */
  async function tamper(statement: (tx: postgres.TransactionSql) => Promise<unknown>): Promise<void> {
    await sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`
      await statement(tx)
    })
  }

  it.each([
    [`update audit_events set type = 'check.right'`],
    [`update audit_events set data = data`],
    [`delete from audit_events`],
    [`truncate audit_events`],
    [`truncate verifications, attempts, audit_events cascade`],
  ])('refuse "%s"', async (statement) => {
    const { id } = await approved()
    await expect(sql.unsafe(statement)).rejects.toMatchObject({ code: '23001' })
    expect(await chainOf(id)).toBe('intact')
  })

  it.each([
    [
      'changed data',
      (tx: postgres.TransactionSql, id: string) => tx`
      update audit_events set data = replace(data, '2', '3') where verification_id = ${id} and type like '%check.wrong%'`,
    ],
    [
      'another moment',
      (tx: postgres.TransactionSql, id: string) => tx`
      update audit_events set at = at - interval '1 ms' where verification_id = ${id} and seq > 1`,
    ],
    [
      'another author',
      (tx: postgres.TransactionSql, id: string) => tx`
      update audit_events set actor = 'system' where verification_id = ${id} and seq = 1`,
    ],
    [
      'another request',
      (tx: postgres.TransactionSql, id: string) => tx`
      update audit_events set request_id = null where verification_id = ${id} and seq = 1`,
    ],
    [
      'the last event gone',
      (tx: postgres.TransactionSql, id: string) => tx`
      delete from audit_events where verification_id = ${id} and type like '%verification.approved%'`,
    ],
    [
      'the last events removed, and the head set back',
      (tx: postgres.TransactionSql, id: string) => tx`
      with cut as (delete from audit_events where verification_id = ${id} and type like '%verification.approved%' returning *)
      update verifications set audit_seq = (select seq - 1 from cut) where id = ${id} and exists (select from cut)`,
    ],
    [
      'one from the middle gone',
      (tx: postgres.TransactionSql, id: string) => tx`
      delete from audit_events where verification_id = ${id} and seq = 3`,
    ],
    [
      'one from the middle removed, and the rest renumbered',
      (tx: postgres.TransactionSql, id: string) => tx`
      with cut as (delete from audit_events where verification_id = ${id} and seq = 3 returning seq)
      update audit_events set seq = seq - 100 where verification_id = ${id} and seq > 3 and exists (select from cut)`,
    ],
    [
      'a forged one behind the last',
      (tx: postgres.TransactionSql, id: string) => tx`
      insert into audit_events
      select gen_random_uuid(), tenant_id, livemode, verification_id, seq + 1, at, type, actor, request_id, data, hash, hash
      from audit_events where verification_id = ${id} order by seq desc limit 1`,
    ],
    [
      'a hash made up for a changed event',
      (tx: postgres.TransactionSql, id: string) => tx`
      update audit_events set data = '{}', hash = sha256(data::bytea) where verification_id = ${id} and seq = 1`,
    ],
    [
      'the head of another chain',
      (tx: postgres.TransactionSql, id: string) => tx`
      update verifications set audit_head = sha256(audit_head) where id = ${id}`,
    ],
  ])('that were tampered with are a broken chain: %s', async (_, statement) => {
    const { id, uuid } = await approved()
    const neighbour = await approved()
    await tamper((tx) => statement(tx, uuid))
    expect(await chainOf(id)).toBe('broken')
    expect(await chainOf(neighbour.id)).toBe('intact')
  })

  it('name the actor and the request, and contain no phone or code', async () => {
    const { id, phone, code } = await beginAndRing(test, client, {
      reference: 'signup-4711',
      client_ip: '203.0.113.7',
    })
    await confirm(client, { id, code })
    const { data } = await readAudit(client, { id })
    expect(data.map((event) => event.actor)).toContain('worker')
    expect(data[0]).toMatchObject({ type: 'verification.created', request_id: 'req_test' })
    expect(data[0]?.actor).toMatch(/^key_[0-9a-f]{32}$/)
    expect(data.at(-1)?.type).toBe('verification.approved')
    const text = JSON.stringify(data)
    for (const secret of [phone, phone.slice(1), 'signup-4711', '203.0.113.7', `"${code}"`]) {
      expect(text).not.toContain(secret)
    }
  })

  it('of a verification are readable by its owner only', async () => {
    const { id } = await approved()
    const stranger = await test.newTenant('stranger')
    const live = test.clientContext(client.actor.tenantId, { livemode: true })
    for (const somebody of [stranger, live]) {
      expect((await refusal(readAudit(somebody, { id }))).code).toBe('not_found')
    }
    expect((await refusal(readAudit(client, { id: 'ver_nonsense' }))).code).toBe('not_found')
  })
})

describe('a final status', () => {
  it.each(['approved', 'locked', 'failed', 'expired', 'cancelled', 'denied'])(
    '%s is final for the database itself',
    async (status) => {
      const { app } = test
      const { id } = await beginAndRing(test, client)
      const uuid = uuidOf(id)
      await app.db.sql`
      with ended as (update verifications set status = ${status}, completed_at = now(),
          checks_left = case when ${status} = 'locked' then 0 else checks_left end
        where id = ${uuid} returning id)
      delete from live_verifications l using ended where ended.id = l.verification_id`
      for (const other of ['pending', 'calling', 'delivered', 'approved', 'cancelled'].filter(
        (to) => to !== status,
      )) {
        const change = app.db.sql`
          update verifications set status = ${other},
            completed_at = case when ${other} in ('pending', 'calling', 'delivered') then null else completed_at end
          where id = ${uuid}`
        await expect(change).rejects.toMatchObject({ code: '23001' })
      }
      const [row] = await app.db.sql`select status from verifications where id = ${uuid}`
      expect(row?.status).toBe(status)
    },
  )

  it('is written together with its event, or not at all', async () => {
    const { id, code } = await beginAndRing(test, client)
    const uuid = uuidOf(id)
    // The next place in the chain is taken: the event cannot be written.
    await test.app.db.sql`
      insert into audit_events
      select gen_random_uuid(), tenant_id, livemode, verification_id, seq + 1, at, type, actor, request_id, data, hash, hash
      from audit_events where verification_id = ${uuid} order by seq desc limit 1`
    await expect(confirm(client, { id, code })).rejects.toMatchObject({ code: '23505' })
    const [row] = await test.app.db.sql`select status, checks_left from verifications where id = ${uuid}`
    expect(row).toMatchObject({ status: 'calling', checksLeft: 3 })
  })
})
