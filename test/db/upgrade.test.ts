import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { place } from '../../src/calls/place.ts'
import { sweep } from '../../src/calls/sweep.ts'
import type { ClientContext, Context } from '../../src/context.ts'
import { openDb } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { readServiceConfig } from '../../src/process/config.ts'
import { updateAccount } from '../../src/routing/accounts.ts'
import { newId, publicId } from '../../src/values/ids.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get } from '../../src/verifications/read.ts'
import { openLive } from '../calls/live-accounts.ts'
import { createEmptyDatabase, type TestDatabase } from '../setup/database.ts'
import { openTenant } from '../setup/tenant.ts'
import {
  begin,
  dialledCodes,
  outcome,
  placeCalls,
  refusal,
  stored,
  uuidOf,
} from '../verifications/support.ts'

const CODE = '2371'
const { test, client: someone } = await openTenant()

/** The tables of the last version without channels and workflows. */
async function migrateTo(databaseUrl: string, last: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ringproof-migrations-'))
  const db = openDb(databaseUrl, { max: 1, name: 'before', silenceMs: 0 })
  try {
    await cp('migrations', folder, { recursive: true })
    const path = join(folder, 'meta', '_journal.json')
    const journal = JSON.parse(await readFile(path, 'utf8')) as { entries: { tag: string }[] }
    const end = journal.entries.findIndex(({ tag }) => tag === last) + 1
    await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, end) }))
    await applyMigrations(db.orm, { migrationsFolder: folder })
  } finally {
    await db.close()
    await rm(folder, { recursive: true })
  }
}

describe('rows of the version before channels and workflows', () => {
  const ids = { tenant: newId(), account: newId(), rung: newId(), late: newId() }
  let database: TestDatabase
  let app: ReturnType<typeof createApp>
  let client: ClientContext
  let worker: Context

  beforeAll(async () => {
    database = await createEmptyDatabase()
    await migrateTo(database.url, '0016_replaced_keys')
    const SECRET_KEY = randomBytes(32).toString('base64')
    app = createApp(readServiceConfig({ DATABASE_URL: database.url, SECRET_KEY, LOG_LEVEL: 'silent' }), 'new')
    await fillBefore()
    await migrate(database.url)
    client = {
      ...app,
      actor: {
        type: 'api_key',
        keyId: newId(),
        tenantId: ids.tenant,
        livemode: true,
        scopes: ['verify', 'read'],
        defaultRegion: 'RU',
      },
      requestId: 'req_test',
    }
    worker = { ...app, actor: { type: 'worker' }, requestId: null }
  })
  afterAll(async () => {
    await app?.close()
    await database?.drop()
  })

  /** Two verifications whose calls rang, and the account that placed them. */
  async function fillBefore(): Promise<void> {
    const { sql } = app.db
    await sql`insert into tenants (id, name, default_region) values (${ids.tenant}, 'before', 'RU')`
    await sql`
      insert into provider_accounts (id, provider, name, base_url, credentials, settings)
      values (${ids.account}, 'telefon-ip', 'one', 'https://api.telefon-ip.ru',
        ${app.secrets.seal('{"token":"some-token"}', ids.account)}, '{"sms_fallback": true, "max_in_flight": 7}')`
    await sql`insert into account_ratios (account_id, prefix) values (${ids.account}, '+7924')`
    for (const id of [ids.rung, ids.late]) {
      await sql`
        insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries,
          attempts, code_length, created_at, expires_at, delivered_at, audit_seq, audit_head)
        values (${id}, ${ids.tenant}, true, ${`+7924355510${id === ids.rung ? 1 : 2}`}, 'flash_call', 'delivered', 3,
          3, 0, 1, 4, now(), now() + interval '10 min', now(), 0, decode(repeat('00', 32), 'hex'))`
      await sql`
        insert into attempts (id, verification_id, ordinal, round, channel, account_id, provider, status, assumed,
          code_hash, code_length, created_at, placing_at, placed_at, ended_at, looks)
        values (${newId()}, ${id}, 1, 0, 'flash_call', ${ids.account}, 'telefon-ip', 'no_answer', false,
          ${app.secrets.hashCode(id, CODE)}, 4, now(), now(), now(), now(), 1)`
    }
  }

  it('keep their settings but the one that is gone, and their rates as those of flash calls', async () => {
    const { sql } = app.db
    const [account] = await sql`select settings from provider_accounts where id = ${ids.account}`
    expect(account?.settings).toEqual({ max_in_flight: 7 })
    expect((await app.routing.account(ids.account))?.account.settings).toMatchObject({ max_in_flight: 7 })
    const rates = await sql`select channel, prefix from account_ratios`
    expect([...rates]).toEqual([{ channel: 'flash_call', prefix: '+7924' }])
  })

  it('go on: a code is still right, and the lifetime still ends', async () => {
    const id = publicId('verification', ids.rung)
    expect(await get(client, { id })).toMatchObject({ workflow: null, next_channel: null, code_lengths: [4] })
    expect(await confirm(client, { id, code: CODE })).toMatchObject({
      status: 'approved',
      channel: 'flash_call',
    })
    await app.db.sql`update verifications set expires_at = now() where id = ${ids.late}`
    await sweep(worker)
    expect(await get(client, { id: publicId('verification', ids.late) })).toMatchObject({ status: 'expired' })
  })
})

describe('beside processes of that version', () => {
  const flash = { channel: 'flash_call', wait_seconds: 30 } as const

  it('an account whose `sms_fallback` one of them saved again still calls, and can be changed', async () => {
    const live = await openLive(test)
    const account = await live.newAccount('telefon-ip', { max_in_flight: 7 })
    await test.app.db.sql`
      update provider_accounts set settings = settings || '{"sms_fallback": true}' where id = ${account.uuid}`
    const { phone, job } = await live.beginAt(account)
    await place(test.worker, job)
    expect(account.ledger(phone)).toHaveLength(1)
    const change = (settings: object) =>
      updateAccount(live.client, { id: account.id, changes: { settings } } as never)
    const { settings } = await change({ max_in_flight: 8 })
    expect(settings).toMatchObject({ max_in_flight: 8 })
    expect(settings).not.toHaveProperty('sms_fallback')
    expect(await refusal(change({ sms_fallback: true }))).toMatchObject({ status: 422 })
  })

  it('a workflow that one of them ends begins no other step', async () => {
    const { id, phone } = await begin(someone, { workflow: [flash, flash] })
    await placeCalls(test, id)
    await test.app.db.sql`
      update verifications set status = 'cancelled', completed_at = now() where id = ${uuidOf(id)}`
    await test.app.db.sql`
      update verifications set next_at = now() - interval '1 ms' where id = ${uuidOf(id)}`
    await sweep(test.worker)
    expect(await stored(test, id)).toMatchObject({ status: 'cancelled', nextAt: null, calls: [{ step: 0 }] })
    expect(dialledCodes(test, someone, phone)).toHaveLength(1)
    expect(await outcome(begin(someone, { phone, device: 'mine' }))).toBe('ok')
  })
})
