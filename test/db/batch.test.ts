import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Db, isOutage, openDb, sqlOf } from '../../src/db/client.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { waitFor } from '../setup/wait.ts'
import { errorOf, startProxy } from './support.ts'

let database: TestDatabase
let db: Db
let other: postgres.Sql
beforeAll(async () => {
  database = await createTestDatabase()
  other = postgres(database.url, { max: 1, onnotice: () => {} })
  await other`create table marks (who text not null)`
  await other`create table parents (id int primary key)`
  await other`create table children (parent int references parents deferrable initially deferred)`
  // One connection: a statement finds what the one before left behind.
  db = openDb(database.url, { max: 1 })
})
beforeEach(() => other`truncate marks, children, parents`)
afterAll(async () => {
  await db.close()
  await other.end()
  await database.drop()
})

const marks = async () =>
  (await other<{ who: string }[]>`select who from marks order by who`).map(({ who }) => who)
const usable = async () => expect(await db.sql`select 1 as one`).toEqual([{ one: 1 }])

describe('statements that leave together', () => {
  it('each get their own answer: rows, no rows, counts, the same text twice', async () => {
    for (let round = 0; round < 3; round++) {
      await other`truncate marks`
      const answers = await db.sql.begin((tx) =>
        Promise.all([
          tx`select n, n * 2 as twice_n from generate_series(1, ${3}) n`,
          tx`insert into marks values (${'a'}), (${'b'})`,
          tx`select who from marks where false`,
          tx`update marks set who = who || ${'!'} returning who as is_now`,
          tx`update marks set who = who where false returning who as is_now`,
          tx`select ${1}::int as one`,
          tx`select ${2}::int as one`,
          tx`delete from marks`,
          tx`do $$ begin raise notice 'heard by nobody'; end $$`,
        ]),
      )
      expect(answers.map((rows) => [[...rows], rows.count])).toEqual([
        [[1, 2, 3].map((n) => ({ n, twiceN: n * 2 })), 3],
        [[], 2],
        [[], 0],
        [[{ isNow: 'a!' }, { isNow: 'b!' }], 2],
        [[], 0],
        [[{ one: 1 }], 1],
        [[{ one: 2 }], 1],
        [[], 2],
        [[], 0],
      ])
    }
  })

  it('fail together if one fails, in any position, and leave a working connection', async () => {
    const failing = async (divisor: number, known: boolean) => {
      return db.sql.begin((tx) =>
        Promise.allSettled([
          tx`insert into marks values ('before')`,
          known ? tx`select 1 / ${divisor}::int as known` : tx`select 1 / ${divisor}::int as unknown`,
          tx`insert into marks values ('after')`,
        ]),
      )
    }
    expect((await failing(1, true)).map(({ status }) => status)).toEqual(Array(3).fill('fulfilled'))
    for (const known of [true, false]) {
      const error = await errorOf(failing(0, known))
      expect(error.code).toBe('22012')
      await usable()
    }
    expect(await marks()).toEqual(['after', 'before'])
  })

  it('can be sent again after a first failure: unparsed, unbound or not executed', async () => {
    const parse = () => db.sql`select count(*)::int as count from late`
    expect((await errorOf(parse())).code).toBe('42P01')
    await other`create table late (n int)`
    expect(await parse()).toEqual([{ count: 0 }])
    const bind = (n: unknown) => db.sql`select ${n}::int as bound`
    expect((await errorOf(bind('x'))).code).toBe('22P02')
    expect(await bind(1)).toEqual([{ bound: 1 }])
    expect((await errorOf(bind('x'))).code).toBe('22P02')
    expect(await bind(2)).toEqual([{ bound: 2 }])
    const execute = (n: number) => db.sql`select 1 / ${n}::int as executed`
    expect((await errorOf(execute(0))).code).toBe('22012')
    expect(await execute(1)).toEqual([{ executed: 1 }])
  })

  it('are prepared again after a migration, in the ORM’s transactions too', async () => {
    await other`create table moved (n int)`
    await other`insert into moved values (7)`
    const read = () => db.orm.transaction(async (tx) => [...(await sqlOf(tx)`select * from moved`)])
    expect(await read()).toEqual([{ n: 7 }])
    await other`alter table moved add column m text default 'new'`
    expect((await errorOf(read())).code).toBe('0A000')
    expect(await read()).toEqual([{ n: 7, m: 'new' }])
    await other`alter table moved drop column m`
    expect((await errorOf(db.sql`select * from moved`)).code).toBe('0A000')
    expect(await db.sql`select * from moved`).toEqual([{ n: 7 }])
  })

  it('do not mix with the ORM’s statements on one connection', async () => {
    const ours = (n: number) =>
      db.orm.transaction(async (tx) => {
        const answers = await Promise.all([
          sqlOf(tx)`select ${n}::int as ours`,
          tx.execute(`select ${n + 1} as theirs`),
          sqlOf(tx)`select ${n + 2}::int as ours`,
        ])
        return [answers[0][0], answers[1].rows[0], answers[2][0]]
      })
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => ours(n)))
    expect(all).toEqual(all.map((_, n) => [{ ours: n }, { theirs: n + 1 }, { ours: n + 2 }]))
  })
})

describe('a statement on its own', () => {
  it('fails if its commit fails, though it was answered before', async () => {
    const orphan = () => db.sql`insert into children values (1)`
    expect((await errorOf(orphan())).code).toBe('23503')
    expect((await errorOf(orphan())).code).toBe('23503')
    expect(await other`select from children`).toHaveLength(0)
    await usable()
  })

  it('fails if the connection is lost between its answer and its commit', async () => {
    const proxy = await startProxy(new URL(database.url))
    const through = openDb(proxy.url, { max: 1 })
    await through.sql`select 1`
    proxy.cutAtCommandComplete()
    const error = await errorOf(through.sql`insert into marks values ('cut') returning who`)
    expect(isOutage(error)).toBe(true)
    expect(await through.sql`select 1 as one`).toEqual([{ one: 1 }])
    await through.close()
    proxy.stop()
  })
})

describe('a commit sent with the last statements', () => {
  it('commits all of them, or nothing if one or the commit fails', async () => {
    await db.sql.begin((tx) => tx.commit(['a', 'b'].map((who) => tx`insert into marks values (${who})`)))
    expect(await marks()).toEqual(['a', 'b'])
    const last = { first: 0, middle: 1, last: 2 }
    for (const position of Object.values(last)) {
      const error = await errorOf(
        db.sql.begin(async (tx) => {
          await tx`insert into marks values ('waited for')`
          const statements = [tx`insert into marks values ('x')`, tx`insert into marks values ('y')`]
          await tx.commit(statements.toSpliced(position, 0, tx`select 1 / 0`))
        }),
      )
      expect(error.code).toBe('22012')
    }
    const deferred = await errorOf(
      db.sql.begin((tx) =>
        tx.commit([tx`insert into marks values ('z')`, tx`insert into children values (1)`]),
      ),
    )
    expect(deferred.code).toBe('23503')
    expect(await marks()).toEqual(['a', 'b'])
    await usable()
  })

  it('is not sent if one of them cannot be sent', async () => {
    const trouble: unknown[] = []
    const notice = (error: unknown) => trouble.push(error)
    process.on('unhandledRejection', notice)
    const cyclic: Record<string, unknown> = {}
    cyclic.self = cyclic
    for (const value of [undefined, [undefined], new Date(Number.NaN), { n: 1n }, cyclic]) {
      for (const first of [1, 0]) {
        const error = await errorOf(
          db.sql.begin((tx) =>
            tx.commit([
              tx`insert into marks values ('x')`,
              tx`select 1 / ${first}::int`,
              tx`insert into marks values (${value})`,
            ]),
          ),
        )
        expect(error).toBeInstanceOf(Error)
        await usable()
      }
    }
    expect(await marks()).toEqual([])
    process.off('unhandledRejection', notice)
    expect(trouble).toEqual([])
  })

  it('fails the transaction even if no caller awaited the failure', async () => {
    const works: ((commit: () => Promise<void>) => Promise<void>)[] = [
      (commit) => commit().catch(() => {}),
      async (commit) => {
        commit().catch(() => {})
      },
    ]
    for (const work of works) {
      const begun = db.sql.begin((tx) =>
        work(() => tx.commit([tx`insert into marks values ('x')`, tx`select 1 / 0`])),
      )
      expect((await errorOf(begun)).code).toBe('22012')
      await usable()
    }
    await db.sql.begin(async (tx) => {
      tx.commit([tx`insert into marks values ('not waited for')`])
    })
    expect(await marks()).toEqual(['not waited for'])
  })

  it('is refused if an earlier statement failed, awaited or not', async () => {
    for (const wait of [true, false]) {
      const error = await errorOf(
        db.sql.begin(async (tx) => {
          const failed = tx`select 1 / 0`.catch(() => {})
          if (wait) await failed
          await tx.commit([tx`insert into marks values ('x')`])
        }),
      )
      expect(error.code).toBe('22012')
    }
    expect(await marks()).toEqual([])
    await usable()
  })
})

describe('a finished transaction', () => {
  it('runs nothing more, neither waiting nor later statements', async () => {
    const late: Promise<unknown>[] = []
    const failing = db.sql.begin(async (tx) => {
      const follow = tx`select 1 / 0`.catch(() => tx`insert into marks values ('after the failure')`)
      late.push(
        errorOf(follow),
        errorOf(tx`select pg_sleep(0.01)`.then(() => tx`insert into marks values ('later')`)),
      )
      setTimeout(() => late.push(errorOf(tx`insert into marks values ('much later')`.then())), 20)
      throw new Error('over')
    })
    expect((await errorOf(failing)).message).toBe('over')
    await waitFor(() => late.length === 3)
    await Promise.all(late)
    const kept = await db.sql.begin(async (tx) => ({ tx }))
    await errorOf(kept.tx`insert into marks values ('kept')`)
    await errorOf(kept.tx.commit([kept.tx`insert into marks values ('kept')`]))
    expect(await marks()).toEqual([])
    await usable()
  })

  it('after a PostgreSQL timeout is not committed', async () => {
    const slow = db.sql.begin(async (tx) => {
      await tx`set local statement_timeout = 50`
      await tx.commit([tx`insert into marks values ('x')`, tx`select pg_sleep(5)`])
    })
    expect((await errorOf(slow)).code).toBe('57014')
    const idle = db.sql.begin(async (tx) => {
      await tx`set local idle_in_transaction_session_timeout = 20`
      const [{ pid } = { pid: 0 }] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
      await waitFor(async () => (await other`select from pg_stat_activity where pid = ${pid}`).length === 0)
      await tx.commit([tx`insert into marks values ('y')`])
    })
    expect(isOutage(await errorOf(idle))).toBe(true)
    expect(await marks()).toEqual([])
    await usable()
  })
})
