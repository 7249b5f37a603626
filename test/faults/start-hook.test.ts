import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { NO_LIMITS, says } from '../events/hook-support.ts'
import { answer, type Receiver, startReceiver } from '../events/receiver.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { type Stack, startStack } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'
import { admin } from './operators.ts'

let database: TestDatabase
let stack: Stack
let hook: Receiver
let sql: postgres.Sql
beforeAll(async () => {
  database = await createTestDatabase()
  hook = await startReceiver(answer(500))
  stack = await startStack({ databaseUrl: database.url, workers: 0 })
  sql = postgres(database.url, { max: 1 })
  const start_hook = { url: hook.url, timeout_ms: 3000, on_failure: 'deny' }
  await admin(stack, 'PATCH', '/v1/policies', { ...NO_LIMITS, start_hook })
})
afterAll(async () => {
  await stack?.stop()
  await hook?.stop()
  await sql?.end()
  await database?.drop()
})

const start = () =>
  stack.request('POST', '/v1/verifications', {
    body: { phone: '+79243555100' },
    headers: { 'idempotency-key': 'killed while asking' },
  })

it('a process killed between the question and the commit leaves nothing; the repeat asks and starts once', async () => {
  const killed = new Promise<void>((resolve) => {
    hook.react(() => resolve(stack.kill('api')))
  })
  await expect(start()).rejects.toThrow()
  await killed
  const left = () => sql`
    select id from verifications union all select id from audit_log where type like 'hook.%'`
  expect(await left()).toHaveLength(0)
  hook.react(says({ action: 'allow' }))
  await stack.restart('api')
  // The killed process's claim of the key ends within seconds.
  const again = await waitFor(
    async () => {
      const answered = await start()
      if (answered.status === 409) throw new Error(answered.text)
      return answered
    },
    { timeoutMs: 20_000 },
  )
  expect(again.status, again.text).toBe(201)
  expect((await start()).body.id).toBe(again.body.id)
  expect(hook.received.map(({ id }) => id === again.body.id)).toEqual([false, true])
  expect(await left()).toHaveLength(2)
})
