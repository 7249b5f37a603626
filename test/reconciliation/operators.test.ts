import { expect, it, onTestFinished } from 'vitest'
import { verifyLedger } from '../../src/billing/verify.ts'
import type { Channel } from '../../src/channels/channels.ts'
import { providers } from '../../src/providers/registry.ts'
import { startRun } from '../../src/reconciliation/runs.ts'
import { newPhone, tally } from '../verifications/support.ts'
import { openOperators } from './live-operators.ts'

type Case = {
  /** The channels of calls that nobody changes. */
  ordinary: Channel[]
  /** Whether the answer to one of them is lost. */
  losesAnswer?: true
  /** Of those that change: it is charged. */
  changed: Channel
  missing: number
  failed: number
  free?: number
  strangers: Channel[]
  found: Record<string, number>
  /** The sum of the differences, with its currency. */
  total: [amount: number, currency: string]
  /** The operator tells no prices. */
  listed?: true
  /** The operator tells of a call that never rang, and that we cancelled, as of one that nobody answered. */
  hidesSilence?: true
  /** What the simulated API is like. */
  traits?: string[]
}

const times = (count: number, channel: Channel): Channel[] => Array(count).fill(channel)

/** Fifteen differences each, as far as the operator’s records can show one. */
const CASES: Record<string, Case> = {
  'telefon-ip': {
    ordinary: ['flash_call', 'flash_call', 'sms'],
    losesAnswer: true,
    changed: 'flash_call',
    missing: 3,
    failed: 2,
    free: 3,
    strangers: [...times(4, 'flash_call'), 'sms'],
    found: { not_charged: 3, status_differs: 2, price_differs: 5, charged_unknown: 5 },
    total: [-0.6, 'RUB'],
  },
  'new-tel': {
    ordinary: times(3, 'flash_call'),
    losesAnswer: true,
    changed: 'flash_call',
    // Its records may lack calls: that proves nothing, and is no finding.
    missing: 2,
    failed: 6,
    strangers: times(8, 'flash_call'),
    found: { status_differs: 6, charged_unknown: 8, balance_differs: 1 },
    total: [2, 'RUB'],
    listed: true,
  },
  narayana: {
    ordinary: ['flash_call', 'flash_call', 'voice', 'voice', 'sms', 'sms'],
    losesAnswer: true,
    changed: 'voice',
    missing: 3,
    failed: 2,
    free: 3,
    strangers: ['flash_call', 'flash_call', 'voice', 'voice', 'sms'],
    found: { not_charged: 3, status_differs: 2, price_differs: 5, charged_unknown: 5 },
    // Each price of 0.20 is corrected by 0.05.
    total: [-0.75, 'EUR'],
    traits: ['corrected_rows'],
  },
  teleum: {
    ordinary: times(3, 'flash_call'),
    changed: 'flash_call',
    missing: 5,
    failed: 3,
    strangers: times(6, 'flash_call'),
    found: { not_charged: 5, status_differs: 3, charged_unknown: 6, balance_differs: 1 },
    total: [0.8, 'RUB'],
    listed: true,
    hidesSilence: true,
    traits: ['forwarded_row', 'russian_words', 'busy_report'],
  },
  sip: {
    ordinary: times(3, 'flash_call'),
    changed: 'flash_call',
    missing: 5,
    failed: 4,
    strangers: times(6, 'flash_call'),
    found: { not_charged: 5, status_differs: 4, charged_unknown: 6 },
    total: [0.2, 'RUB'],
    listed: true,
  },
}

const { test, client, newAccount } = await openOperators()

it('has a case for every operator', () => {
  expect(Object.keys(CASES).toSorted()).toEqual(Object.keys(providers).toSorted())
})

it.each(Object.entries(CASES))(
  'reconciliation with the records of %s finds fifteen injected differences and no other',
  async (provider, { ordinary, changed, missing, failed, free = 0, strangers, found, ...told }) => {
    const account = await newAccount(provider, [...new Set([...ordinary, changed, ...strangers])])
    onTestFinished(account.close)
    if (told.traits) await account.be(told.traits)
    if (told.listed) await account.costs(200_000n)
    const reconcile = async () => {
      const run = await startRun(client, { account: account.id, to: new Date(Date.now() + 1_000) })
      expect(run).toMatchObject({ status: 'done', error: null })
      return run.findings
    }

    // Busy, answered, unreachable; then calls that ring.
    const special = ['+79000000001', '+79000000002', '+79000000004']
    const silent = told.hidesSilence && account.called('flash_call', '+79000000010')
    await Promise.all([
      ...special.map((phone) => account.called('flash_call', phone)),
      ...ordinary.map((channel) => account.called(channel)),
    ])
    if (silent) (await silent).unanswered()
    expect(await reconcile()).toEqual([])
    const twice = newPhone()
    if (told.losesAnswer) await account.losingAnswer(() => account.called('flash_call'))
    const [, ...calls] = await Promise.all([
      account.called('flash_call', twice),
      ...Array.from({ length: missing + failed + free }, () => account.called(changed)),
    ])
    expect(await reconcile()).toEqual([])

    for (const [i, call] of calls.entries()) {
      if (i < missing) call.missing()
      else if (i < missing + failed) call.failed()
      else call.free()
    }
    // The first calls a phone that we called too.
    await Promise.all(strangers.map((channel, i) => account.strange(channel, i === 0 ? twice : newPhone())))
    const findings = await reconcile()
    expect(tally(findings.map(({ kind }) => kind))).toEqual(found)
    expect(findings).toHaveLength(15)
    const [total, currency] = told.total
    expect(findings.reduce((sum, { difference }) => sum + Number(difference.amount), 0)).toBeCloseTo(total, 6)
    expect(new Set(findings.map(({ difference }) => difference.currency))).toEqual(new Set([currency]))
    expect(await reconcile()).toEqual([])
    expect(await verifyLedger(test.app.db)).toEqual([])
  },
)
