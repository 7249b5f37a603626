import { describe, expect, it } from 'vitest'
import type { Attempt } from '../../src/draft/rows.ts'
import { VERIFICATION_STATUSES } from '../../src/values/statuses.ts'
import * as state from '../../src/verifications/state.ts'
import { draftOf } from './drafts.ts'

/** The documentation's table, word for word. */
const TABLE: Record<string, string[]> = {
  pending: ['calling', 'delivered', 'approved', 'locked', 'failed', 'cancelled', 'expired'],
  calling: ['pending', 'delivered', 'approved', 'locked', 'failed', 'cancelled', 'expired'],
  delivered: ['approved', 'locked', 'cancelled', 'expired'],
  approved: [],
  locked: [],
  failed: [],
  expired: [],
  cancelled: [],
  denied: [],
}

const MOVES: Record<string, (draft: ReturnType<typeof draftOf>) => void> = {
  calling: state.toCalling,
  pending: state.toPending,
  delivered: state.deliver,
  failed: (draft) => state.fail(draft, 'unreachable'),
  approved: (draft) => state.approve(draft, 'att'),
  locked: state.lockOut,
  expired: state.expire,
  cancelled: (draft) => state.cancel(draft, null),
}

describe('the states of a verification', () => {
  it.each(VERIFICATION_STATUSES)('%s leads only to the documented statuses', (from) => {
    for (const to of VERIFICATION_STATUSES) {
      expect(state.mayBecome(from, to)).toBe(TABLE[from]?.includes(to))
    }
    expect(state.isFinal(from)).toBe(TABLE[from]?.length === 0)
  })

  it.each(VERIFICATION_STATUSES)(
    'no move takes %s to another status, and every change records one event',
    (from) => {
      for (const [to, move] of Object.entries(MOVES)) {
        const draft = draftOf({ status: from, failureCode: null })
        try {
          move(draft)
        } catch {
          // A client's move throws; an operator's report changes nothing.
        }
        const now = draft.verification.status
        if (now === from) {
          expect(draft.events).toEqual([])
          expect(draft.verification.completedAt).toBe(null)
          if (!TABLE[from]?.includes(to)) expect(draft.verification.failureCode).toBe(null)
          continue
        }
        expect(TABLE[from]).toContain(now)
        expect(draft.events.map((event) => event.type)).toEqual([`verification.${now}`])
        expect(draft.verification.completedAt !== null).toBe(state.isFinal(now))
      }
    },
  )
})

it('an approval counts for the account whose code was typed; an end without one counts for the last account that rang', () => {
  const ended = (end: (draft: ReturnType<typeof draftOf>) => void) => {
    const draft = draftOf({ livemode: true, status: 'delivered', deliveredAt: new Date() })
    for (const name of ['first', 'second']) {
      const codeHash = Buffer.alloc(32)
      draft.attempts.push({
        id: name,
        accountId: `account of ${name}`,
        channel: 'flash_call',
        codeHash,
        endedAt: new Date(),
        status: 'no_answer',
      } as Attempt)
    }
    end(draft)
    return draft.observations.filter(({ kind }) => kind === 'approval')
  }
  const typed = ended((draft) => state.approve(draft, 'first'))
  expect(typed).toMatchObject([{ accountId: 'account of first', well: true }])
  expect(ended(state.expire)).toMatchObject([{ accountId: 'account of second', well: false }])
})
