import { expect, it } from 'vitest'
import { createApp, type ServiceConfig } from '../../src/app.ts'
import { adopt } from '../../src/calls/adopt.ts'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { sweep } from '../../src/calls/sweep.ts'
import { reconcileDue } from '../../src/reconciliation/hourly.ts'
import { checkAccount, healthOf } from '../../src/routing/account-verbs.ts'
import { watchBalances } from '../../src/routing/balance.ts'
import { openNarayana } from '../calls/narayana-accounts.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin, jobOf } from '../verifications/support.ts'

const { test } = await openTenant({ shortCalls: true })
const live = await openNarayana(test)
const admin = {
  ...live.client,
  actor: { ...live.client.actor, scopes: ['admin', 'verify', 'read'] as const },
}

/** Everything that a worker does by itself, and the jobs of some verifications. */
async function work(worker: typeof test.worker, jobs: Awaited<ReturnType<typeof jobOf>>[]) {
  await test.app.db.sql`update account_states set balance_at = null, open_until = now() - interval '1 s'`
  await test.app.db.sql`delete from reconciliation_runs`
  await Promise.all([watchBalances(worker), reconcileDue(worker), sweep(worker)])
  for (const job of jobs) for (const step of [place, poll, adopt]) await step(worker, job)
}

it('after one 401, nothing leaves: over an hour, a restart, chores, probes, and checks of other accounts', async () => {
  const [account, other] = [await live.newAccount(), await live.newAccount()]
  const jobs = []
  for (const by of [account, other, account, other]) {
    const phone = await live.phoneOf('flash_call', by)
    jobs.push(await jobOf(test, (await begin(live.client, { phone })).id))
  }
  // Two calls are under way at the other account and at this one when its key is disabled.
  const [first, second, ...later] = jobs
  if (!first || !second) throw new Error('no jobs')
  await place(test.worker, first)
  await place(test.worker, second)
  await account.be('disabled')
  expect(await account.ban()).toEqual({ banned: [], requests_after_ban: 0 })
  await Promise.all([poll(test.worker, first), poll(test.worker, first)])
  expect(await account.ban()).toEqual({ banned: ['127.0.0.1'], requests_after_ban: 0 })

  const restarted = createApp(test.app.config as ServiceConfig, 'restarted', { clock: test.clock })
  const workers = [test.worker, { ...restarted, actor: { type: 'worker' as const }, requestId: null }]
  for (let minutes = 0; minutes <= 60; minutes += 10) {
    for (const worker of workers) await work(worker, [first, second, ...later])
    // A check of the stopped account itself is a person’s deliberate request; of others it is not sent.
    expect(await checkAccount(admin, other)).toMatchObject({ ok: false, problem: { reason: 'stopped' } })
    expect(await healthOf(admin, account)).toMatchObject({ stopped: { reason: 'unauthorized' } })
    expect(await healthOf(admin, other)).toMatchObject({ stopped: { reason: 'address' } })
    test.passTime(10 * 60_000)
  }
  const another = await live.newAccount()
  expect(another.check).toMatchObject({ ok: false })
  await restarted.close()
  expect(await account.ban()).toEqual({ banned: ['127.0.0.1'], requests_after_ban: 0 })
})
