import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Db, openDb } from '../../src/db/client.ts'
import { createGroup } from '../../src/db/group-commit.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { waitFor } from '../setup/wait.ts'
import { tally } from '../verifications/support.ts'

type Item = { name: string; amount: number }

describe('a group commit', () => {
  let database: TestDatabase
  let db: Db
  /** The items of every transaction, in order. */
  let groups: string[][] = []
  beforeAll(async () => {
    database = await createTestDatabase()
    db = openDb(database.url)
    await db.sql`create table things (name text primary key, amount int not null check (amount > 0))`
  })
  beforeEach(async () => {
    groups = []
    await db.sql`truncate things`
  })
  afterAll(async () => {
    await db.close()
    await database.drop()
  })

  const insert = async (items: Item[]) => {
    groups.push(items.map((item) => item.name))
    return db.sql.begin(async (tx) => {
      const rows = await tx<{ name: string }[]>`
        insert into things select * from json_to_recordset(${JSON.stringify(items)}::json) as t (name text, amount int)
        returning name`
      return rows.map((row) => `stored ${row.name}`)
    })
  }
  const names = (count: number, prefix = 'item') => Array.from({ length: count }, (_, i) => `${prefix} ${i}`)
  const storedNames = async () => {
    const rows = await db.sql<{ name: string }[]>`select name from things order by name`
    return rows.map((row) => row.name)
  }
  const settle = async (promises: Promise<unknown>[]) =>
    (await Promise.allSettled(promises)).map((result) =>
      result.status === 'fulfilled'
        ? String(result.value)
        : `failed ${(result.reason as { code: string }).code}`,
    )

  it('puts simultaneous items into one transaction, and gives each its own result', async () => {
    const group = createGroup('insert', insert)
    const results = await Promise.all(names(50).map((name) => group.submit({ name, amount: 1 })))
    expect(results).toEqual(names(50).map((name) => `stored ${name}`))
    expect(groups).toEqual([names(50)])
  })

  it('lets a bad item fail alone: all others are stored, with their own results', async () => {
    const group = createGroup('insert', insert)
    const results = await settle(
      names(30).map((name, i) => group.submit({ name, amount: i === 11 ? -1 : 1 })),
    )
    expect(results).toEqual(names(30).map((name, i) => (i === 11 ? 'failed 23514' : `stored ${name}`)))
    expect(await storedNames()).toHaveLength(29)
  })

  it('lets every bad item fail, and no good one', async () => {
    const group = createGroup('insert', insert)
    const results = await settle(names(40).map((name, i) => group.submit({ name, amount: (i % 4) - 0 })))
    expect(tally(results.map((result) => result.slice(0, 6)))).toEqual({ failed: 10, stored: 30 })
    expect(await storedNames()).toHaveLength(30)
  })

  it('retries lost races, but not forever', async () => {
    const group = createGroup('insert', insert)
    await group.submit({ name: 'taken', amount: 1 })
    groups = []
    const results = await settle([
      group.submit({ name: 'taken', amount: 1 }),
      group.submit({ name: 'free', amount: 1 }),
    ])
    expect(results).toEqual(['failed 23505', 'stored free'])
    expect(groups.length).toBeLessThanOrEqual(6)
  })

  it('succeeds for two items that lock the same rows in opposite order', async () => {
    await insert([
      { name: 'a', amount: 1 },
      { name: 'b', amount: 1 },
    ])
    const add = async (items: string[][]) =>
      db.sql.begin(async (tx) => {
        for (const name of items.flat()) await tx`update things set amount = amount + 1 where name = ${name}`
        return items.map(() => 'done')
      })
    const here = createGroup('insert', add)
    const there = createGroup('insert', add)
    const pairs = Array.from({ length: 8 }, () => [here.submit(['a', 'b']), there.submit(['b', 'a'])])
    expect(tally(await Promise.all(pairs.flat()))).toEqual({ done: 16 })
    const rows = await db.sql`select amount from things`
    expect(rows.map((row) => row.amount)).toEqual([17, 17])
  })

  it('retries nothing after the connection broke: it may have been committed', async () => {
    const group = createGroup('insert', async (items: Item[]) => {
      groups.push(items.map((item) => item.name))
      return db.sql.begin(async (tx) => {
        await tx`insert into things select * from json_to_recordset(${JSON.stringify(items)}::json) as t (name text, amount int)`
        await tx`select pg_terminate_backend(pg_backend_pid())`
        return []
      })
    })
    const results = await settle(names(5).map((name) => group.submit({ name, amount: 1 })))
    expect(tally(results.map((result) => result.slice(0, 6)))).toEqual({ failed: 5 })
    expect(groups).toHaveLength(1)
    const next = createGroup('insert', insert)
    expect(await next.submit({ name: 'afterwards', amount: 1 })).toBe('stored afterwards')
  })

  it('bounds the rows of a transaction and the transactions at a time', async () => {
    let now = 0
    let most = 0
    const group = createGroup(
      'insert',
      async (items: Item[]) => {
        now += 1
        most = Math.max(most, now)
        const results = await insert(items)
        now -= 1
        return results
      },
      { maxRows: 10, maxInFlight: 2 },
    )
    const results = await Promise.all(names(95).map((name) => group.submit({ name, amount: 1 })))
    expect(results).toEqual(names(95).map((name) => `stored ${name}`))
    expect(Math.max(...groups.map((items) => items.length))).toBe(10)
    expect(most).toBe(2)
  })

  it('refuses excess items with Retry-After, and loses none that it accepted', async () => {
    const group = createGroup('insert', insert, { maxWaiting: 20 })
    const results = await settle(names(30).map((name) => group.submit({ name, amount: 1 })))
    expect(tally(results.map((result) => result.slice(0, 6)))).toEqual({ stored: 20, failed: 10 })
    expect(results.slice(20)).toEqual(Array(10).fill('failed unavailable'))
    expect(await group.submit({ name: 'later', amount: 1 })).toBe('stored later')
    expect(await storedNames()).toHaveLength(21)
  })

  it('is idle only when everything is committed', async () => {
    const group = createGroup('insert', insert, { maxRows: 3 })
    await group.idle()
    const submitted = names(20).map((name) => group.submit({ name, amount: 1 }))
    await group.idle()
    expect(await storedNames()).toHaveLength(20)
    await Promise.all(submitted)
  })

  it('in one process is not delayed by one that waits for a lock in another', async () => {
    await insert([{ name: 'locked', amount: 1 }])
    const update = async (items: Item[]) =>
      db.sql.begin(async (tx) => {
        for (const { name } of items) await tx`update things set amount = amount + 1 where name = ${name}`
        return items.map((item) => item.name)
      })
    const group = createGroup('insert', update, { maxRows: 1 })
    const holder = postgres(database.url, { max: 1 })
    await holder.unsafe(`begin; select from things where name = 'locked' for update`)
    const waiting = group.submit({ name: 'locked', amount: 1 })
    await waitFor(async () => {
      const rows =
        await db.sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
      return rows.length > 0
    })
    expect(await group.submit({ name: 'other', amount: 1 })).toBe('other')
    await holder.end()
    expect(await waiting).toBe('locked')
  })
})
