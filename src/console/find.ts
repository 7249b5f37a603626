import { AppError } from '../errors.ts'
import { validate } from '../input/validate.ts'
import type { GroupFilter } from '../verifications/group-schemas.ts'
import { list } from '../verifications/read.ts'
import { ListQuery } from '../verifications/schemas.ts'
import { type Groups, hourOf, toGroups } from './parts/group-filters.ts'
import type { Verification } from './parts/status.ts'
import { type Search, searchesOf, WAYS } from './search.ts'
import type { Member } from './visit.ts'

/** What the address of the list holds. `by`: the way that found something for `q`. */
export type Filters = Record<'q' | 'by' | 'status' | 'from' | 'to' | 'sort' | 'cursor', string> & Groups

/** A query of the list: the API's own part, and what only the console asks. */
export type ListAsked = { query: Record<string, string>; more: GroupFilter }

export type Found = {
  /** What `q` was taken for; null without it. */
  search: Search | null
  asked: ListAsked
  rows: readonly Verification[]
  next: string | null
  error: AppError | null
}

/** The first page of what a person looks for: tries what `q` may mean until something is found. */
export async function find(member: Member, filters: Filters, limit: number): Promise<Found> {
  const all = searchesOf(filters.q, member.user.actor.defaultRegion)
  const named = all.filter(({ way }) => way === WAYS.find((one) => one === filters.by))
  const tries = named.length > 0 ? named : all.length > 0 ? all : [null]
  let found: Found | undefined
  for (const search of tries) {
    found = await tryOne(member, filters, search, limit)
    if (found.rows.length > 0 || found.next || found.error) return found
  }
  return found as Found
}

async function tryOne(
  member: Member,
  filters: Filters,
  search: Search | null,
  limit: number,
): Promise<Found> {
  const asked = { query: toQuery(filters, search), more: {} as GroupFilter }
  try {
    asked.more = {
      ...toGroups(filters),
      ...toMore(search),
      ...(filters.sort === 'oldest' && { oldest: true }),
    }
    const page = await list(member.context, read({ ...asked.query, limit: String(limit) }), asked.more)
    return { search, asked, rows: page.data, next: page.next_cursor, error: null }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error
    return { search, asked, rows: [], next: null, error }
  }
}

/** Validates a query of the list. Throws 422. */
export const read = (query: Record<string, string>) => validate(ListQuery, query, 'query')

function toQuery({ status, from, to, cursor, hour }: Filters, search: Search | null): Record<string, string> {
  const query: Record<string, string> = {}
  if (search && ['phone', 'phone_ends', 'reference'].includes(search.way)) query[search.way] = search.value
  if (status && status !== 'started') query.status = status
  if (from) query.from = `${from}T00:00:00Z`
  if (to) query.to = `${to}T23:59:59.999Z`
  if (cursor) query.cursor = cursor
  return hour ? { ...query, ...hourOf(hour) } : query
}

function toMore(search: Search | null): GroupFilter {
  if (search?.way === 'text') return { text: search.value }
  if (search?.way === 'phone_begins') return { phone_begins: search.value }
  return search?.way === 'id_begins' ? { id_begins: search.value } : {}
}
