import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Db, isOutage, openDb } from '../../src/db/client.ts'
import { verifications } from '../../src/db/schema/index.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { waitFor } from '../setup/wait.ts'

describe('a connection that is lost', () => {
  let database: TestDatabase
  let db: Db
  let other: postgres.Sql
  beforeAll(async () => {
    database = await createTestDatabase()
    other = postgres(database.url, { max: 1, onnotice: () => {} })
    await other`create table marks (who text not null)`
  })
  beforeEach(async () => {
    await other`truncate marks`
    // One connection: every query reuses what comes back.
    db = openDb(database.url, { max: 1, name: 'lost' })
  })
  afterAll(async () => {
    await other.end()
    await database.drop()
  })

  const killAll = async () => {
    const killed = await other<{ pid: number }[]>`
      select pid, pg_terminate_backend(pid) from pg_stat_activity where application_name = 'lost'`
    const pids = killed.map((row) => row.pid)
    await waitFor(
      async () => (await other`select from pg_stat_activity where pid = any(${pids})`).length === 0,
    )
  }
  const marks = async () => (await other<{ who: string }[]>`select who from marks`).map((row) => row.who)
  /** Waits until the pool has a connection again. */
  const comeBack = (pool: Db) => waitFor(() => pool.sql`select 1 as one`)
  /** Gives the pool the chance to reconnect midway; it may also wait. */
  const tempt = (pool: Db) => Promise.race([comeBack(pool), sleep(500)])

  it('takes its transaction along: nothing is written, before or after the loss', async () => {
    const failed = await db.sql
      .begin(async (tx) => {
        await tx`insert into marks values ('before')`
        await killAll()
        await tempt(db)
        await tx`insert into marks values ('after')`
      })
      .catch((error) => error)
    expect(isOutage(failed)).toBe(true)
    await comeBack(db)
    expect(await marks()).toEqual([])
    await db.close()
  })

  it('does not let its transaction end another one', async () => {
    const lost = Promise.withResolvers<void>()
    const inside = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const dead = db.sql
      .begin(async (tx) => {
        await tx`insert into marks values ('dead')`
        await killAll()
        lost.resolve()
        await inside.promise
        await tx`insert into marks values ('dead, later')`
      })
      .catch((error) => error)
      .finally(() => ended.resolve())
    await lost.promise
    const alive = db.sql
      .begin(async (tx) => {
        await tx`insert into marks values ('alive')`
        inside.resolve()
        await ended.promise
        await tx`insert into marks values ('alive, later')`
        throw new Error('rolled back')
      })
      .catch((error) => error)
    // The second may have to wait for the first, which then finishes without it.
    setTimeout(() => inside.resolve(), 500)
    await Promise.all([dead, alive])
    expect(isOutage(await dead)).toBe(true)
    expect(await marks()).toEqual([])
    await db.close()
  })

  it('idle, in a statement or in a transaction never ends the process, and the pool recovers', async () => {
    const trouble: unknown[] = []
    const notice = (error: unknown) => trouble.push(error)
    process.on('uncaughtException', notice)
    const pool = openDb(database.url, { max: 8, name: 'lost' })
    for (let round = 0; round < 15; round++) {
      const busy = Array.from({ length: 24 }, (_, i) =>
        i % 3 === 0
          ? pool.sql`select pg_sleep(0.002)`
          : pool.sql.begin(async (tx) => {
              await Promise.all([tx`insert into marks values ('busy')`, tx`select pg_sleep(0.002)`])
              await tx`insert into marks values ('busy')`
            }),
      )
      const settled = Promise.allSettled([...busy, pool.orm.select().from(verifications)])
      await killAll()
      await settled
      await comeBack(pool)
    }
    expect((await marks()).length % 2).toBe(0)
    expect(await Promise.all(Array.from({ length: 16 }, () => pool.sql`select 1 as one`))).toHaveLength(16)
    expect(trouble).toEqual([])
    process.off('uncaughtException', notice)
    await pool.close()
    await db.close()
  })
})
