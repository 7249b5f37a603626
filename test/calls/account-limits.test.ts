import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import type { Context } from '../../src/context.ts'
import { openAccess } from '../../src/routing/access.ts'
import type { RoutedAccount } from '../../src/routing/routing.ts'
import { type Gates, startGates } from '../faults/gate.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, jobOf, secondApp } from '../verifications/support.ts'
import { type Live, type LiveAccount, openLive } from './live-accounts.ts'

type Job = { verification: string; attempt: string }

describe('over two workers', () => {
  let test: TestApp
  let live: Live
  let gates: Gates
  let workers: [Context, Context]
  let second: ReturnType<typeof secondApp>['app']
  let prefixes = 0
  beforeAll(async () => {
    test = await startTestApp()
    second = secondApp(test).app
    live = await openLive(test, [test.app, second])
    gates = await startGates(test.sandbox.url)
    workers = [test.worker, { ...second, actor: { type: 'worker' }, requestId: null }]
  })
  afterAll(async () => {
    await gates?.stop()
    await second?.close()
    await test?.stop()
  })

  /** Queued calls for the accounts, in a number range of their own. */
  async function waiting(count: number, ...accounts: LiveAccount[]): Promise<Job[]> {
    prefixes += 1
    const prefix = `+792${50 + prefixes}`
    await live.newRoute(prefix, ...accounts)
    const phones = Array.from({ length: count }, (_, i) => `${prefix}${String(100_000 + i * 7)}`)
    return Promise.all(
      phones.map(async (phone) => {
        const { id } = await begin(live.client, { phone })
        return jobOf(test, id)
      }),
    )
  }

  const onBoth = (jobs: Job[], verb: typeof place) =>
    Promise.all(jobs.map((job, i) => verb(workers[i % 2] as Context, job)))

  /** Claims at a new account, each at a given moment (milliseconds). */
  async function claims(settings: Record<string, unknown>) {
    const account = await live.newAccount('telefon-ip', settings)
    const routed = (await test.app.routing.account(account.uuid)) as RoutedAccount
    return (ms: number) =>
      test.app.db.sql.begin(async (tx) => {
        const access = await openAccess(
          tx,
          [routed],
          new Date(Date.UTC(2026, 0, 31, 12, 0, 0, ms)),
          test.app.secrets,
        )
        const admission = access.check(routed)
        if (admission === 'free') access.use(routed)
        await Promise.all(access.save())
        return admission
      })
  }

  const statuses = async ({ uuid }: LiveAccount) => {
    const rows = await test.app.db.sql<{ status: string; secondOf: bigint }[]>`
      select status, floor(extract(epoch from placing_at))::bigint as second_of from attempts where account_id = ${uuid}`
    return rows.map((row) => ({ ...row, secondOf: Number(row.secondOf) }))
  }
  const inFlight = async (account: LiveAccount) =>
    (await statuses(account)).filter(({ status }) => status === 'placing' || status === 'placed').length

  it('an account never exceeds its calls in flight, and all are placed in the end', async () => {
    const account = await live.newAccount('telefon-ip', { max_in_flight: 3 })
    const jobs = await waiting(12, account)
    let most = 0
    await waitFor(
      async () => {
        await onBoth(jobs, place)
        most = Math.max(most, await inFlight(account))
        await onBoth(jobs, poll)
        return account.ledger().length === jobs.length
      },
      { timeoutMs: 25_000, what: 'all calls' },
    )
    expect(most).toBe(3)
    expect(account.ledger()).toHaveLength(12)
  })

  it('an account never gets more calls in a second than its limit', async () => {
    const account = await live.newAccount('telefon-ip', { max_per_second: 4 })
    const jobs = await waiting(12, account)
    await waitFor(
      async () => {
        await onBoth(jobs, place)
        return account.ledger().length === jobs.length
      },
      { timeoutMs: 25_000, what: 'all calls' },
    )
    const seconds = (await statuses(account)).map(({ secondOf }) => secondOf)
    expect(12).toBeLessThanOrEqual(4 * (Math.max(...seconds) - Math.min(...seconds) + 1))
    expect(account.ledger()).toHaveLength(12)
  })

  it('a worker that waits into the next second uses that second’s allowance', async () => {
    const ask = await claims({ max_per_second: 3 })
    for (const ms of [1010, 990, 1020]) expect(await ask(ms)).toBe('free')
    expect(await ask(1030)).toBe('at_limit')
    expect(await ask(2000)).toBe('free')
  })

  it('a limit below one call a second is a pause between calls', async () => {
    const ask = await claims({ max_per_second: 0.2 })
    expect(await ask(900)).toBe('free')
    for (const ms of [900, 1100, 4900, 5899]) expect(await ask(ms)).toBe('at_limit')
    expect(await ask(5900)).toBe('free')
    expect(await ask(5800)).toBe('at_limit')
    expect(await ask(10_899)).toBe('at_limit')
    expect(await ask(10_900)).toBe('free')
  })

  it('a fractional limit above one is never exceeded in a second', async () => {
    const ask = await claims({ max_per_second: 2.5 })
    for (const ms of [1000, 1001, 2000, 2001]) expect(await ask(ms)).toBe('free')
    expect(await ask(2002)).toBe('at_limit')
  })

  it('exactly one call probes a rested account; the others wait or go to the next', async () => {
    const behindGate = () => live.newAccount('telefon-ip', {}, gates.url('probe', 'telefon-ip'))
    const [account, alone, next] = [await behindGate(), await behindGate(), await live.newAccount()]
    for (const { uuid } of [account, alone]) {
      await test.app.db.sql`
        update account_states set breaker = 'open', openings = 1, open_until = now() - interval '1 s'
        where account_id = ${uuid}`
    }
    const [jobs, others] = [await waiting(10, account, next), await waiting(6, alone)]
    // A probe's answer closes the breaker, so it is held until every other call is decided.
    gates.close('probe', { request: 'get_code', before: 'answer' })
    let decided = 0
    const placing = [...jobs, ...others].map(async (job, i) => {
      await place(workers[i % 2] as Context, job)
      decided += 1
    })
    await waitFor(() => decided + gates.held('probe') === placing.length, {
      what: 'all calls but the probes',
    })
    expect(account.ledger()).toHaveLength(1)
    expect(next.ledger()).toHaveLength(9)
    expect(alone.ledger()).toHaveLength(1)
    gates.open('probe')
    gates.letGo('probe')
    await Promise.all(placing)
    // The probe succeeded: calls are placed again.
    await waitFor(
      async () => {
        await onBoth(others, place)
        return alone.ledger().length === others.length
      },
      { what: 'the account to be used again' },
    )
  })
})
