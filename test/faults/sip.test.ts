import { expect, it, onTestFinished } from 'vitest'
import { KEY, startGatewayProcess } from '../gateway/support.ts'
import { createTestDatabase } from '../setup/database.ts'
import { startStack } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'
import { admin, newAccount, newRoute, raiseLimits } from './operators.ts'
import { emptyQueue } from './queue.ts'
import { judge } from './verdict.ts'

const CALLS = 30
const NUMBERS = { numbers: ['+74951110000-74951119999'], options_seconds: 0, register: true }
const phoneOf = (i: number) => `+7924355${String(1000 + i)}`

it('over SIP no phone is called twice for an attempt, whatever is killed while they ring', async () => {
  const gateway = await startGatewayProcess()
  const database = await createTestDatabase()
  const stack = await startStack({
    databaseUrl: database.url,
    env: { LOG_LEVEL: 'warn', GATEWAY_URL: gateway.url, GATEWAY_KEY: KEY },
  })
  onTestFinished(async () => {
    await stack.stop()
    await database.drop()
  })
  await raiseLimits(stack)
  const trunk = await newAccount(stack, 'sip', {
    name: 'trunk',
    baseUrl: `sip:127.0.0.1:${new URL(stack.sandboxUrl).port}`,
    settings: { ...NUMBERS, ring_ms: 8_000, max_in_flight: 100, max_per_second: 100, breaker: false },
  })
  await newRoute(stack, '+79', trunk)
  const begin = (i: number) => admin(stack, 'POST', '/v1/verifications', { phone: phoneOf(i) })
  const started = await Promise.all(Array.from({ length: CALLS }, (_, i) => begin(i)))
  const ringing = async () =>
    (await Promise.all(started.map((_, i) => trunk.received(phoneOf(i))))).filter((rang) => rang.length > 0)
  await waitFor(async () => (await ringing()).length >= CALLS / 2, { timeoutMs: 20_000 })

  await Promise.all([stack.kill('worker-1'), gateway.kill()])
  await gateway.restart()
  await emptyQueue({ databaseUrl: database.url })
  await stack.restart('worker-1')

  const { problems, calls, statuses } = await judge(
    stack,
    database.url,
    [trunk],
    started.map(({ id }) => id),
    { timeoutMs: 120_000 },
  )
  expect(problems).toEqual([])
  expect(calls).toBeGreaterThanOrEqual(CALLS / 2)
  // Those that were heard to ring were cancelled, and their codes are right; of the others that is not known.
  expect(statuses.approved).toBeGreaterThan(0)
  expect(statuses.failed ?? 0).toBe(0)
}, 240_000)
