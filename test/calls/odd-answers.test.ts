import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adopt } from '../../src/calls/adopt.ts'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { sandboxCalls } from '../../src/calls/sandbox-calls.ts'
import { DIALECTS } from '../../src/sandbox/dialects.ts'
import { SPECIAL_PHONES } from '../../src/sandbox/special-phones.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get } from '../../src/verifications/read.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, stored, uuidOf } from '../verifications/support.ts'
import { type Live, openLive } from './live-accounts.ts'

const VERBS = { queued: place, placed: poll, placing: adopt } as const

describe('an operator that answers oddly', () => {
  let test: TestApp
  let live: Live
  beforeAll(async () => {
    test = await startTestApp()
    live = await openLive(test)
  })
  afterAll(() => test?.stop())

  /** Runs a worker's steps until no call is open. Returns the calls' statuses. */
  async function followed(id: string) {
    const statuses = await waitFor(async () => {
      const { calls } = await stored(test, id)
      const open = calls.filter((call) => call.endedAt === null)
      for (const call of open) {
        const verb = VERBS[call.status as keyof typeof VERBS]
        await verb(test.worker, { verification: uuidOf(id), attempt: call.id })
      }
      return open.length === 0 ? calls.map(({ status }): string => status) : null
    })
    return statuses ?? []
  }

  it('delivers calls with right codes, for every such phone of the sandbox', async () => {
    const client = await test.newTenant()
    const phones = Object.keys(SPECIAL_PHONES).filter((phone) => phone.startsWith('+790000001'))
    const ended = await Promise.all(
      phones.map(async (phone) => {
        const { id } = await begin(client, { phone })
        const statuses = await followed(id)
        const [heard] = (await sandboxCalls(client, { phone })).data
        const { status } = await get(client, { id })
        const approved = await confirm(client, { id, code: heard?.from ?? '' })
        return [phone, ...statuses, status, approved.status]
      }),
    )
    expect(ended).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7].map((n) => [`+7900000010${n}`, 'no_answer', 'delivered', 'approved']),
      ['+79000000108', 'busy', 'delivered', 'approved'],
      ['+79000000109', 'rejected', 'no_answer', 'delivered', 'approved'],
      ['+79000000110', 'rejected', 'no_answer', 'delivered', 'approved'],
    ])
  })

  it.each(['call', 'call-password'])('calls once at New-Tel under %s, in any dialect', async (prefix) => {
    const account = await live.newAccount('new-tel', { method_prefix: prefix, poll_first_ms: 100 })
    const other = await live.newAccount('new-tel')
    const range = prefix === 'call' ? '+79005550' : '+79005551'
    await live.newRoute(range, account, other)
    await Promise.all(
      DIALECTS.map(async (dialect, index) => {
        const phone = `${range}00${index}`
        account.fault(dialect, phone)
        const { id } = await begin(live.client, { phone })
        expect([dialect, await followed(id)]).toEqual([dialect, ['no_answer']])
        const [call, ...again] = account.ledger(phone)
        expect([call?.code.length, again]).toEqual([5, []])
        expect((await confirm(live.client, { id, code: call?.code ?? '' })).status).toBe('approved')
      }),
    )
    expect(other.ledger()).toEqual([])
  })
})
