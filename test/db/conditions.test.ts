import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CHANNELS } from '../../src/channels/channels.ts'
import { hasReached } from '../../src/channels/reached.ts'
import { haveReached } from '../../src/db/conditions.ts'
import { ATTEMPT_STATUSES } from '../../src/values/statuses.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'

let database: TestDatabase
let sql: postgres.Sql
beforeAll(async () => {
  database = await createTestDatabase()
  sql = postgres(database.url, { max: 1 })
})
afterAll(async () => {
  await sql.end()
  await database.drop()
})

it('SQL and code agree on which attempts reached their phones', async () => {
  const all = CHANNELS.flatMap((channel) => ATTEMPT_STATUSES.map((status) => ({ channel, status })))
  const rows = await sql.unsafe(
    `select channel, status, ${haveReached('a')} as reached
    from json_to_recordset($1::text::json) as a (channel text, status text)`,
    [JSON.stringify(all)],
  )
  expect([...rows]).toEqual(
    all.map(({ channel, status }) => ({ channel, status, reached: hasReached(channel, status) })),
  )
})
