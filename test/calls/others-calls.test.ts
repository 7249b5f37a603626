import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adopt } from '../../src/calls/adopt.ts'
import { place } from '../../src/calls/place.ts'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import type { JobPayload } from '../../src/queue/jobs.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, eventsOf, jobOf, newPhone, stored } from '../verifications/support.ts'
import { claimAndDie, letWorkerBeDead, lookToTheEnd } from './dead-worker.ts'
import { type Live, type LiveAccount, openLive } from './live-accounts.ts'

describe('the search for a lost call', () => {
  let test: TestApp
  let live: Live
  let other: ClientContext
  beforeAll(async () => {
    test = await startTestApp()
    live = await openLive(test)
    const { actor } = await test.newTenant('other')
    other = test.clientContext(actor.tenantId, { livemode: true })
    await updatePolicy(live.client, { phone_pause_seconds: null })
    await waitFor(
      async () =>
        (await test.app.policies.of(live.client.actor.tenantId)).policy.phone_pause_seconds === null,
    )
  })
  afterAll(() => test?.stop())

  async function routed(account: LiveAccount): Promise<string> {
    const phone = newPhone()
    await live.newRoute(phone, account)
    return phone
  }

  async function begun(client: ClientContext, phone: string): Promise<JobPayload & { id: string }> {
    const { id } = await begin(client, { phone })
    return { id, ...(await jobOf(test, id)) }
  }

  const callOf = async ({ id }: { id: string }) => (await stored(test, id)).calls[0]

  async function askInVain(job: JobPayload): Promise<void> {
    await claimAndDie(test, job)
    await letWorkerBeDead(test, job)
    await adopt(test.worker, job)
  }

  it.each([
    ['the same tenant', () => live.client],
    ['another tenant', () => other],
  ])('does not take a call that the operator made for %s', async (_, neighbour) => {
    const account = await live.newAccount()
    const phone = await routed(account)
    const theirs = await begun(neighbour(), phone)
    await place(test.worker, theirs)
    const own = await begun(live.client, phone)
    await askInVain(own)
    await lookToTheEnd(test, own)
    expect(await callOf(own)).toMatchObject({ status: 'unknown', operatorRow: null, codeHash: null })
    expect(await eventsOf(test, own.id)).not.toContain('attempt.adopted')
    expect(account.ledger(phone)).toHaveLength(1)
  })

  it('finds it beside a call found for another verification', async () => {
    const account = await live.newAccount('new-tel')
    account.fault('bad_signature_after_call')
    const phone = await routed(account)
    const jobs = [await begun(live.client, phone), await begun(other, phone)]
    const rows = []
    for (const job of jobs) {
      await place(test.worker, job)
      await lookToTheEnd(test, job)
      rows.push((await callOf(job))?.operatorRow)
    }
    expect(rows).toEqual([expect.any(String), expect.any(String)])
    expect(new Set(rows).size).toBe(2)
  })
})
