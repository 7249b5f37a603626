import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { adopt } from '../../src/calls/adopt.ts'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { sandboxCalls } from '../../src/calls/sandbox-calls.ts'
import { attempts } from '../../src/db/schema/index.ts'
import { parseId } from '../../src/values/ids.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get } from '../../src/verifications/read.ts'
import { start } from '../../src/verifications/start.ts'
import { openTenant } from '../setup/tenant.ts'
import { waitFor } from '../setup/wait.ts'

const VERBS = { queued: place, placed: poll, placing: adopt } as const

const { test, client } = await openTenant({ shortCalls: true })
await test.app.db.sql`
  update provider_accounts set settings = settings || '{"adopt_after_seconds": [0.2, 0.4]}'`

describe('one attempt after another', () => {
  /** Runs the next step of every open attempt until none is open: a worker without a queue. */
  async function runToTheEnd(id: string): Promise<void> {
    const verificationId = parseId('verification', id) ?? ''
    await waitFor(
      async () => {
        const rows = await test.app.db.orm
          .select()
          .from(attempts)
          .where(eq(attempts.verificationId, verificationId))
        const open = rows.filter((row) => row.endedAt === null)
        for (const row of open) {
          const verb = VERBS[row.status as keyof typeof VERBS]
          await verb(test.worker, { verification: verificationId, attempt: row.id })
        }
        return rows.length > 0 && open.length === 0
      },
      { timeoutMs: 28_000 },
    )
  }

  const begin = (phone: string) =>
    start(client, { phone, channel: 'flash_call', ttl_seconds: 300, max_checks: 3 })

  it.each([
    ['+79243555100', 'delivered', null, ['no_answer']],
    ['+79000000001', 'delivered', null, ['busy']],
    ['+79000000002', 'delivered', null, ['answered']],
    ['+79000000003', 'failed', 'no_such_number', ['no_such_number']],
    ['+79000000004', 'failed', 'unreachable', ['unreachable', 'unreachable']],
    ['+79000000005', 'delivered', null, ['unknown', 'no_answer']],
    ['+79000000006', 'delivered', null, [expect.any(String)]],
    ['+79000000007', 'failed', 'rejected', ['rejected', 'rejected']],
  ])('%s ends as %s', async (phone, status, failure, statuses) => {
    const started = await begin(phone)
    expect(started).toMatchObject({ status: 'pending', attempts: 0, code_length: null, checks_left: 3 })
    await runToTheEnd(started.id)
    const ended = await get(client, started)
    expect(ended.status).toBe(status)
    expect(ended.failure?.code ?? null).toBe(failure)
    expect(ended.attempts_detail.map((attempt) => attempt.status)).toEqual(statuses)
    expect((await readAudit(client, started)).chain).toBe('intact')
    if (status !== 'delivered') return
    const { data } = await sandboxCalls(client, { phone })
    const approved = await confirm(client, { id: started.id, code: data[0]?.from ?? '' })
    expect(approved.status).toBe('approved')
    expect((await readAudit(client, started)).chain).toBe('intact')
  })
})
