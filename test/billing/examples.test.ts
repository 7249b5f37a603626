import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { moneyFacts, settle } from '../../src/billing/charge.ts'
import type { Price } from '../../src/billing/prices/price-lists.ts'
import type { Draft } from '../../src/draft/draft.ts'
import type { Attempt } from '../../src/draft/rows.ts'
import { amountMicros } from '../../src/providers/read.ts'
import { roundToMicros } from '../../src/values/decimal.ts'
import { parseAmount, toAmount } from '../../src/values/money.ts'
import type { VerificationStatus } from '../../src/values/statuses.ts'
import { queueAttempt } from '../../src/verifications/queue-attempt.ts'
import { inWords } from '../../src/words/text.ts'
import { draftOf } from '../verifications/drafts.ts'
import { documentedRows } from './tables.ts'

const micros = (amount: string): bigint => {
  const read = parseAmount(amount)
  if ('refused' in read) throw new Error(read.refused.key)
  return read.micros
}

const UNPLACED = ['rejected', 'failed', 'released', 'unknown']
const WITH_CODE = ['answered', 'busy', 'no_answer', 'unknown', 'placed']

/** Runs a documented example through the decisions, without a database. */
function play(price: string, per: string, calls: string, end: string): Draft {
  const bare = draftOf({ livemode: true })
  const funds = {
    tenantId: bare.verification.tenantId,
    currency: 'RUB',
    availableMicros: 1_000_000n,
    spentTodayMicros: 0n,
  }
  const quoted: Price = {
    prefix: '+7',
    channel: 'flash_call',
    currency: 'RUB',
    amountMicros: micros(price),
    validFrom: new Date(0),
    per: per as Price['per'],
  }
  const draft = { ...bare, funds, call: { prices: new Map([['flash_call', quoted] as const]), funds } }
  const outcomes = calls.split(', ')
  for (const [i, outcome] of outcomes.entries()) {
    const attempt = queueAttempt(draft, i)
    const [status, placed] =
      outcome === 'placed unknown' ? ['unknown', true] : [outcome, !UNPLACED.includes(outcome)]
    attempt.status = status as Attempt['status']
    attempt.placedAt = placed ? draft.now : null
    attempt.endedAt = status === 'placed' ? null : draft.now
    attempt.codeHash = placed && WITH_CODE.includes(status) ? Buffer.from('code') : null
    if (i < outcomes.length - 1) settle(draft)
  }
  draft.verification.status = end as VerificationStatus
  const typed = draft.attempts.findLast(({ codeHash }) => codeHash !== null)
  settle(draft, end === 'approved' ? typed?.id : null)
  return draft
}

const sum = (draft: Draft, kind: string) =>
  draft.postings
    .filter((posting) => posting.kind === kind)
    .reduce((total, { amountMicros: amount }) => total + amount, 0n)

describe('the worked examples in docs/billing.md', () => {
  it.each(documentedRows('price'))(
    '%s per %s: %s, %s',
    (price, per, calls, end, charged, back, aside, balance) => {
      const draft = play(price as string, per as string, calls as string, end as string)
      const left = sum(draft, 'reserve') - sum(draft, 'capture') - sum(draft, 'release')
      expect(toAmount(sum(draft, 'capture'))).toBe(charged)
      expect(toAmount(sum(draft, 'release'))).toBe(back)
      expect(toAmount(left)).toBe(aside)
      expect(toAmount(1_000_000n - sum(draft, 'capture'))).toBe(balance)
      expect(draft.funds?.availableMicros).toBe(1_000_000n - sum(draft, 'capture') - left)
    },
  )

  it.each(documentedRows('amount'))('the amount %s is read as documented', (amount, expected) => {
    const read = parseAmount(amount as string)
    expect('micros' in read ? toAmount(read.micros) : inWords('en', read.refused)).toBe(expected)
  })

  it.each(documentedRows('the operator says'))('an operator’s %s is stored as %s', (said, kept) => {
    expect(toAmount(amountMicros.parse(Number(said)))).toBe(kept)
    expect(toAmount(roundToMicros(said as string) ?? -1n)).toBe(kept)
  })
})

describe('money', () => {
  it('survives writing and reading', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 18n })
    fc.assert(fc.property(amount, (value) => micros(toAmount(value)) === value))
  })

  it('is rounded by at most half a millionth beyond six places', () => {
    const number = fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.stringMatching(/^\d{1,12}$/))
    fc.assert(
      fc.property(number, ([whole, fraction]) => {
        const text = `${whole}.${fraction}`
        const exact = BigInt(`${whole}${fraction.padEnd(18, '0')}`)
        const rounded = (roundToMicros(text) ?? 0n) * 10n ** 12n
        const off = exact > rounded ? exact - rounded : rounded - exact
        expect(off <= 5n * 10n ** 11n).toBe(true)
      }),
    )
  })

  it('of zero needs no funds', () => {
    const call = { prices: new Map(), funds: null }
    expect(moneyFacts({ ...draftOf({ livemode: true }), call }, 'flash_call')).toBe(null)
  })
})
