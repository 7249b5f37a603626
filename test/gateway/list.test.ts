import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { JournalCall } from '../../src/gateway/journal-rows.ts'
import { listCalls } from '../../src/gateway/list.ts'
import { PAGE_CALLS } from '../../src/gateway/schemas.ts'

const HOUR_MS = 3_600_000
const NOW = Date.parse('2026-11-28T12:00:00Z')

const journalCall = (id: string, at: number): JournalCall => ({
  call: {
    row: 'call',
    id,
    at,
    trunk: 'trunk',
    from: '+74951234567',
    to: '+79243555100',
    ring_ms: 6_000,
    setup_ms: 20_000,
    progress_means_ringing: true,
    not_found_is_final: false,
  },
  sent: true,
  leg: null,
  alert: 'ringing',
  alertedAt: at,
  cancelledAt: at,
  end: { row: 'end', id, at, status: 487, q850: null, lost: false },
})

/** The ids on all pages of the last three days, and the sizes of the pages. */
async function readAll(calls: readonly JournalCall[], isWanted: (id: string) => boolean = () => true) {
  const journal = {
    read: async (from: number, to: number) => calls.filter(({ call }) => call.at >= from && call.at < to),
  }
  const [ids, sizes]: [string[], number[]] = [[], []]
  let after: string | null = null
  do {
    const span = { from: NOW - 72 * HOUR_MS, to: NOW + 1, after }
    const page = await listCalls(journal, NOW, { ...span, isWanted: ({ id }) => isWanted(id) })
    ids.push(...page.data.map(({ id }) => id))
    sizes.push(page.data.length)
    after = page.next
  } while (after !== null)
  return { ids, sizes }
}

it('the pages of the journal hold every call of three days once, oldest first', async () => {
  const minutes = fc.array(fc.integer({ min: 0, max: 72 * 60 }), { minLength: 900, maxLength: 3_500 })
  await fc.assert(
    fc.asyncProperty(minutes, async (ages) => {
      const calls = ages.map((age, i) => journalCall(`attempt-${i}`, NOW - age * 60_000))
      const { ids, sizes } = await readAll(calls)
      expect(ids).toHaveLength(ages.length)
      expect(new Set(ids).size).toBe(ages.length)
      const times = ids.map((id) => NOW - (ages[Number(id.slice(8))] ?? 0) * 60_000)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(Math.max(...sizes)).toBeLessThanOrEqual(PAGE_CALLS)
    }),
    { numRuns: 20 },
  )
})

it('a page is filled with the calls that are wanted, also of one moment', async () => {
  const calls = Array.from({ length: 5 * PAGE_CALLS }, (_, i) => journalCall(`attempt-${i}`, NOW - HOUR_MS))
  const { ids, sizes } = await readAll(calls, (id) => Number(id.slice(8)) % 2 === 0)
  expect(new Set(ids).size).toBe(2.5 * PAGE_CALLS)
  expect(sizes).toEqual([PAGE_CALLS, PAGE_CALLS, PAGE_CALLS / 2])
})
