import { type CallView, viewOfJournal } from './call.ts'
import type { Journal } from './journal.ts'
import { KEPT_MS } from './journal-segments.ts'
import { PAGE_CALLS } from './schemas.ts'

/** `after`: `next` of the page before; null for the first. */
export type ListQuery = {
  from: number
  to: number
  after: string | null
  isWanted(call: CallView): boolean
}

/** `next`: null on the last page. */
export type CallPage = { data: CallView[]; next: string | null }

const HOUR_MS = 3_600_000

/** Reads an hour of the journal at a time, until a page is full. */
export async function listCalls(
  journal: Pick<Journal, 'read'>,
  now: number,
  { from, to, after, isWanted }: ListQuery,
): Promise<CallPage> {
  const [at = '0', id = ''] = after?.split('.') ?? []
  const end = Math.min(to, now + HOUR_MS)
  const data: CallView[] = []
  for (let start = Math.max(from, Number(at), now - KEPT_MS - HOUR_MS); start < end; start += HOUR_MS) {
    const found = await journal.read(start, Math.min(start + HOUR_MS, end))
    const calls = found.filter(({ sent }) => sent).sort((a, b) => compare(a.call, b.call))
    for (const each of calls) {
      if (after !== null && compare(each.call, { at: Number(at), id }) <= 0) continue
      const call = viewOfJournal(each)
      if (!isWanted(call)) continue
      data.push(call)
      if (data.length === PAGE_CALLS) return { data, next: `${each.call.at}.${each.call.id}` }
    }
  }
  return { data, next: null }
}

type Place = { at: number; id: string }
const compare = (a: Place, b: Place) => a.at - b.at || (a.id < b.id ? -1 : Number(a.id > b.id))
