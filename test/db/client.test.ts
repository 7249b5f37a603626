import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Db, isOutage, openDb, violatedConstraint } from '../../src/db/client.ts'
import { insertRows, updates } from '../../src/db/rows.ts'
import { phoneCounters, verifications } from '../../src/db/schema/index.ts'
import { providers } from '../../src/providers/registry.ts'
import { createSecrets } from '../../src/secrets.ts'
import { createTenant } from '../../src/tenants/create.ts'
import { newId } from '../../src/values/ids.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { freePort } from '../setup/ports.ts'
import { draftOf } from '../verifications/drafts.ts'

describe('the database client', () => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase()
    db = openDb(database.url)
  })
  afterAll(async () => {
    await db.close()
    await database.drop()
  })

  it('returns dates and big integers as such, alone and in arrays, with and without the ORM', async () => {
    const at = new Date('2026-01-31T12:00:00.123Z')
    for (let connection = 0; connection < 3; connection++) {
      const [row] = await db.sql`
        select ${at.toISOString()}::timestamptz as one, array[${at.toISOString()}::timestamptz] as many, 5::bigint as big, '\\x00ff'::bytea as bytes`
      expect(row).toEqual({ one: at, many: [at], big: 5n, bytes: Buffer.from([0, 255]) })
    }
    const key = { tenantId: newId(), livemode: true, phoneKey: Buffer.from('key'), starts: [] }
    await db.orm.insert(phoneCounters).values({ ...key, wrongGuesses: [at], updatedAt: at })
    expect(await db.orm.select().from(phoneCounters)).toEqual([
      {
        ...key,
        wrongGuesses: [at],
        namedStarts: [],
        namedGuesses: [],
        updatedAt: at,
        updatedHour: new Date('2026-01-31T12:00:00Z'),
      },
    ])
  })

  it('writes whole rows unchanged, many in one statement', async () => {
    const secrets = createSecrets(Buffer.alloc(32, 1))
    const tenant = await createTenant({ db, secrets, providers }, { name: 'tenant' })
    const rows = Array.from({ length: 5 }, (_, i) => ({
      ...draftOf({
        tenantId: tenant?.id ?? '',
        phone: `+7924355510${i}`,
        metadata: i % 2 ? { plan: 'pro "x"' } : null,
        callerHint: i % 2 ? { prefix: '+7495', length: 11, masked: '+7 495 ···-••-••' } : null,
        auditHead: Buffer.alloc(32, i),
      }).verification,
    }))
    await db.sql.begin((tx) => insertRows(tx, verifications, rows))
    const read = async () => {
      const stored = await db.orm.select().from(verifications).orderBy(verifications.phone)
      return stored.map(({ outcome: _, ...row }) => row)
    }
    expect(await read()).toEqual(rows)
    const changed = rows.map((row) => ({ ...row, status: 'calling' as const, checksLeft: 1, metadata: null }))
    const keys = new Set(['status', 'checksLeft', 'metadata'])
    await db.sql.begin((tx) => tx.commit(updates(tx, verifications, changed, keys)))
    expect(await read()).toEqual(changed)
  })

  it('waits for every commit to reach the disk, whatever the database, the role or the URL sets', async () => {
    const own = await createTestDatabase()
    const { pathname, username } = new URL(own.url)
    const admin = openDb(own.url, { max: 1 })
    await admin.sql.unsafe(`alter database ${pathname.slice(1)} set synchronous_commit = off`)
    await admin.sql.unsafe(
      `alter role ${username} in database ${pathname.slice(1)} set synchronous_commit = off`,
    )
    await admin.close()
    const withOptions = (options: string) => `${own.url}?options=${encodeURIComponent(options)}`
    const urls = [own.url, `${own.url}?`, withOptions('-c synchronous_commit=off -c work_mem=5MB')]
    for (const url of urls) {
      const db = openDb(url)
      const [row] = await db.sql`
        select current_setting('synchronous_commit') as commit, current_setting('work_mem') as work_mem`
      expect(row).toEqual({ commit: 'on', workMem: url.includes('work_mem') ? '5MB' : '4MB' })
      await db.close()
    }
    await own.drop()
  })

  it('tells an unreachable database from one that refuses', async () => {
    const away = openDb(`postgres://nobody@127.0.0.1:${await freePort()}/none`)
    const gone = await away.sql`select 1`.catch((error) => error)
    expect(isOutage(gone)).toBe(true)
    await away.close()
    const refused = await db.sql`select 1 / 0`.catch((error) => error)
    expect(isOutage(refused)).toBe(false)
    const killed = await db.sql`select pg_terminate_backend(pg_backend_pid())`.catch((error) => error)
    expect(isOutage(killed)).toBe(true)
    expect(await db.sql`select 1 as one`).toEqual([{ one: 1 }])
  })

  it('names the violated constraint, and nothing for other errors', async () => {
    await db.sql`create table one (id int constraint only_one check (id = 1) primary key)`
    await db.sql`insert into one values (1)`
    const failed = (value: number) => db.sql`insert into one values (${value})`.catch((error) => error)
    expect(violatedConstraint(await failed(2))).toBe('only_one')
    expect(violatedConstraint(await failed(1))).toBe('one_pkey')
    expect(violatedConstraint(new Error('something else'))).toBe(null)
    expect(violatedConstraint(null)).toBe(null)
  })
})
