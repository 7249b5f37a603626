import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { LATEST_SCHEMA_VERSION } from 'bullmq'
import postgres from 'postgres'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDb } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { PARTITIONED } from '../../src/db/partitions.ts'
import { ConfigError } from '../../src/process/config.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { freePort } from '../setup/ports.ts'
import { loseMonthsAfter } from './months.ts'

let database: TestDatabase
let sql: postgres.Sql
beforeEach(async () => {
  database = await createTestDatabase()
  sql = postgres(database.url, { max: 1, onnotice: () => {} })
})
afterEach(async () => {
  await sql.end()
  await database.drop()
})

const queueVersion = async () =>
  (await sql`select max(version)::int as version from bullmq.migration`)[0]?.version
const refused = (url: string) =>
  migrate(url).then(
    () => null,
    (error: Error) => error,
  )

/** The queue's tables two versions ago: BullMQ's first migrations, applied as it would. */
async function asAnOlderBullMqMadeIt(): Promise<void> {
  const require = createRequire(import.meta.url)
  const folder = join(dirname(require.resolve('bullmq')), 'postgres', 'migrations')
  const { MIGRATIONS } = require(folder) as { MIGRATIONS: { version: number; load(): string }[] }
  await sql.begin(async (tx) => {
    await tx`create table kept as select * from bullmq.migration where version <= ${LATEST_SCHEMA_VERSION - 2}`
    await tx.unsafe('drop schema bullmq cascade; create schema bullmq; set local search_path to bullmq')
    for (const { version, load } of MIGRATIONS) {
      if (version <= LATEST_SCHEMA_VERSION - 2) await tx.unsafe(load())
    }
    await tx`create table bullmq.migration as select * from public.kept`
    await tx`alter table bullmq.migration add primary key (version)`
    await tx`alter table bullmq.migration alter column applied_at set default now()`
  })
}

test('a queue of an older BullMQ is migrated once, however many processes start at the same time', async () => {
  await asAnOlderBullMqMadeIt()
  expect(await queueVersion()).toBe(LATEST_SCHEMA_VERSION - 2)
  await Promise.all(Array.from({ length: 4 }, () => migrate(database.url)))
  expect(await queueVersion()).toBe(LATEST_SCHEMA_VERSION)
  await sql`drop schema bullmq cascade`
  await migrate(database.url)
  expect(await queueVersion()).toBe(LATEST_SCHEMA_VERSION)
})

test('an incompatible newer queue is refused, a compatible one is left alone', async () => {
  const next = LATEST_SCHEMA_VERSION + 1
  await sql`insert into bullmq.migration (version, name, min_client_version) values (${next}, 'compatible', 6)`
  await migrate(database.url)
  expect(await queueVersion()).toBe(next)
  await sql`insert into bullmq.migration (version, name, min_client_version) values (${next + 1}, 'not', 77)`
  const error = await refused(database.url)
  expect(error).toBeInstanceOf(ConfigError)
  expect(error?.message).toMatch(
    /^DATABASE_URL: the queue's tables need BullMQ 77, .* has BullMQ \d+: run the newer/,
  )
  expect(await queueVersion()).toBe(next + 1)
})

test('a user without rights on the queue can start if nothing needs migrating, and otherwise learns what is missing', async () => {
  const role = `stranger_${crypto.randomUUID().slice(0, 8)}`
  await sql.unsafe(`
    create role ${role} login password 'hidden';
    grant usage on schema drizzle to ${role}; grant select on all tables in schema drizzle to ${role}`)
  const url = new URL(database.url)
  url.username = role
  url.password = 'hidden'
  try {
    await migrate(url.href)
    await sql`delete from drizzle.__drizzle_migrations`
    const error = await refused(url.href)
    expect(error).toBeInstanceOf(ConfigError)
    expect(error?.message).toMatch(
      /^DATABASE_URL: its user may not migrate the database \(permission denied .*as the owner$/,
    )
  } finally {
    await sql.unsafe(`drop owned by ${role}; drop role ${role}`)
  }
})

test('a database that refuses the login is reported in one line, with its address and without the password', async () => {
  const at = (changes: Partial<URL>) => Object.assign(new URL(database.url), changes).href
  const closed = await freePort()
  const { port } = new URL(database.url)
  const cases: [string, RegExp][] = [
    [
      at({ port: String(closed), password: 'hidden' }),
      RegExp(`PostgreSQL at 127.0.0.1:${closed} refuses connections`),
    ],
    [at({ hostname: 'nowhere.invalid', password: 'hidden' }), /the host nowhere\.invalid is unknown/],
    [
      at({ password: 'hidden' }),
      RegExp(`PostgreSQL at 127.0.0.1:${port} rejected the password of user "ringproof"`),
    ],
    [at({ password: '' }), RegExp(`PostgreSQL at 127.0.0.1:${port} cannot be used: .*password`)],
    [at({ pathname: '/nothing' }), RegExp(`PostgreSQL at 127.0.0.1:${port} has no database "nothing"`)],
    [`${database.url}?ssl=true`, /cannot be used: The server does not support SSL connections/],
  ]
  for (const [url, says] of cases) {
    const error = await refused(url)
    expect(error).toBeInstanceOf(ConfigError)
    expect(error?.message).toMatch(says)
    expect(error?.message).toMatch(/^DATABASE_URL: [^\n]*$/)
    expect(error?.message).not.toContain('hidden')
    expect(error?.message).not.toContain(new URL(database.url).password)
  }
})

test('a deployment whose migration step runs the file itself is migrated, or told why not', async () => {
  await sql`drop schema bullmq cascade`
  const run = (DATABASE_URL: string) =>
    spawnSync(process.execPath, ['src/db/migrate.ts'], { env: { DATABASE_URL }, encoding: 'utf8' })
  expect(run(database.url)).toMatchObject({ status: 0, stdout: 'The database is up to date.\n' })
  expect(await queueVersion()).toBe(LATEST_SCHEMA_VERSION)
  expect(run('')).toMatchObject({ status: 1, stderr: expect.stringContaining('DATABASE_URL') })
})

test('a database whose months were made in place, before they were attached, is upgraded', async () => {
  await sql.unsafe(`
    delete from drizzle.__drizzle_migrations where created_at = (select max(created_at) from drizzle.__drizzle_migrations);
    drop function missing_partitions, make_partition;
    create function make_partitions(ahead int default 3) returns int language sql as 'select 0'`)
  for (const table of PARTITIONED) {
    const parts = await sql<{ name: string }[]>`
      select inhrelid::regclass::text as name from pg_inherits where inhparent = ${table}::regclass
      and pg_get_expr((select relpartbound from pg_class where oid = inhrelid), inhrelid) <> 'DEFAULT' order by 1`
    for (const { name } of parts) await sql.unsafe(`drop table ${name}`)
    await sql.unsafe(`
      create table ${table}_earlier partition of ${table} for values from (minvalue)
        to (first_id_of(date_trunc('month', now() at time zone 'utc')::date))`)
  }
  await migrate(database.url)
  expect(await sql`select from missing_partitions(3)`).toHaveLength(0)
  expect(await sql`select from pg_inherits where inhparent = 'attempts'::regclass`).toHaveLength(5)
  expect(await sql`select from pg_proc where proname = 'make_partitions'`).toHaveLength(0)
})

test('an owner who may make no tables is told so when this month is missing, and not before', async () => {
  const role = `poor_${crypto.randomUUID().slice(0, 8)}`
  await sql.unsafe(`create role ${role}; alter function make_partition(text, date) owner to ${role}`)
  const db = openDb(database.url, { max: 1 })
  try {
    await loseMonthsAfter(db, 0)
    await migrate(database.url)
    await loseMonthsAfter(db, -1)
    const error = await refused(database.url)
    expect(error).toBeInstanceOf(ConfigError)
    expect(error?.message).toMatch(
      /^DATABASE_URL: the partitions of this month cannot be made \(permission denied for schema public\)/,
    )
  } finally {
    await db.close()
    await sql.unsafe(`drop owned by ${role}; drop role ${role}`)
  }
})

test('a database of a preview, without partitions, is refused with the way out', async () => {
  await sql.unsafe('drop schema public cascade; drop schema drizzle cascade; create schema public')
  await sql`create table verifications (id uuid primary key)`
  const error = await refused(database.url)
  expect(error).toBeInstanceOf(ConfigError)
  expect(error?.message).toMatch(/^DATABASE_URL: .* use an empty one$/)
})
