import { type AddressInfo, createServer } from 'node:net'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Db, isOutage, openDb } from '../../src/db/client.ts'
import { createReaders } from '../../src/db/readers.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { errorOf, startWire } from './support.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase()
  db = openDb(database.url, { max: 1 })
  await db.sql`create table marks (who text not null)`
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

describe('a silent connection', () => {
  it('counts as lost, and is replaced', async () => {
    const wire = await startWire(new URL(database.url))
    const patient = openDb(wire.url, { max: 1, silenceMs: 200 })
    const work = () => patient.sql.begin((tx) => tx.commit([tx`insert into marks values ('heard')`]))
    await work()
    wire.swallow()
    expect(isOutage(await errorOf(work()))).toBe(true)
    await work()
    wire.swallow()
    expect(isOutage(await errorOf(patient.sql`select 1`))).toBe(true)
    expect(await patient.sql`select 1 as one`).toEqual([{ one: 1 }])
    expect(await db.sql`select who from marks`).toEqual([{ who: 'heard' }, { who: 'heard' }])
    await patient.close()
    await wire.stop()
  })

  it('of a reader counts as lost, and is replaced', async () => {
    const wire = await startWire(new URL(database.url))
    const readers = createReaders(wire.url, { statementMs: 100 })
    const { sql } = readers.of('somebody')
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
    wire.swallow()
    expect(isOutage(await errorOf(sql`select 1`))).toBe(true)
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
    await readers.close()
    await wire.stop()
  })

  it('that a proxy closes at once fails a read, which does not connect again and again', async () => {
    let connections = 0
    const proxy = createServer((socket) => {
      connections += 1
      socket.end()
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as AddressInfo
    const readers = createReaders(`postgres://nobody@127.0.0.1:${port}/none`)
    const { sql } = readers.of('somebody')
    expect(isOutage(await errorOf(sql`select 1`))).toBe(true)
    expect(isOutage(await errorOf(sql`select 1`))).toBe(true)
    expect(connections).toBe(2)
    await readers.close()
    proxy.close()
  })

  it('counts as lost for the ORM too, in a transaction or alone', async () => {
    const wire = await startWire(new URL(database.url))
    const patient = openDb(wire.url, { max: 1, silenceMs: 200 })
    const alone = () => patient.orm.execute(sql`select 1 as one`)
    const together = () => patient.orm.transaction((tx) => tx.execute(sql`select 1 as one`))
    for (const work of [alone, together]) {
      await work()
      wire.swallow()
      expect(isOutage(await errorOf(work()))).toBe(true)
      expect((await work()).rows).toEqual([{ one: 1 }])
    }
    await patient.close()
    await wire.stop()
  })

  it('is not lost while idle', async () => {
    // Longer than a query takes on a busy machine.
    const patient = openDb(database.url, { max: 1, silenceMs: 1000 })
    const one = async () => (await patient.orm.execute(sql`select pg_backend_pid() as pid`)).rows
    const before = await one()
    await db.sql`select pg_sleep(1.2)`
    expect(await one()).toEqual(before)
    await patient.close()
  })

  it('is not lost during a long read', async () => {
    const patient = openDb(database.url, { max: 1, silenceMs: 1000 })
    const read = await patient.sql.begin('isolation level repeatable read read only', async (tx) => {
      await tx`select pg_sleep(1.2)`
      return await tx`select 1 as one`
    })
    expect(read).toEqual([{ one: 1 }])
    await patient.close()
  })
})
