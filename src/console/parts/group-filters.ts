import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { GroupFilter } from '../../verifications/group-schemas.ts'
import type { Visit } from '../visit.ts'
import { withQuery } from './export.ts'
import { groupName } from './statistics-table.ts'

const GROUPS = ['country', 'prefix', 'carrier', 'provider', 'channel'] as const

/** Filters that links of the statistics set: a group, the one whose key is `unknown`, an hour (`2026-01-31T09`, UTC). */
export type Groups = Record<(typeof GROUPS)[number] | 'unknown' | 'hour', string>

export function groupsOf(query: Record<string, string>): Groups {
  const text = (name: keyof Groups) => query[name] ?? ''
  return {
    country: text('country'),
    prefix: text('prefix'),
    carrier: text('carrier'),
    provider: text('provider'),
    channel: text('channel'),
    unknown: text('unknown'),
    hour: text('hour'),
  }
}

/** The first and the last instant of an hour, for the API. */
export const hourOf = (hour: string) => ({ from: `${hour}:00:00Z`, to: `${hour}:59:59.999Z` })

/** Throws 422 for a value that no group can have. */
export function toGroups(filters: Groups & { status: string }): GroupFilter {
  const given = GROUPS.filter((name) => filters[name]).map((name) => [name, filters[name]])
  return validate(
    GroupFilter,
    {
      ...Object.fromEntries(given),
      ...(filters.unknown && { [filters.unknown]: '' }),
      ...(filters.status === 'started' && { started: true }),
    },
    'query',
  )
}

/** The set filters: fields of the form, each with a link to the list without it. */
export function groupFilters(visit: Visit, filters: Groups & Record<string, string>): Html {
  const { t } = visit
  const { cursor, ...kept } = filters
  const { from } = hourOf(filters.hour)
  const hour = Number.isNaN(Date.parse(from)) ? filters.hour : groupName(visit, 'hour', from)
  const unknown = GROUPS.find((name) => name === filters.unknown)
  const names: [keyof Groups, string][] = [
    ...GROUPS.map((name): [keyof Groups, string] => [
      name,
      filters[name] && groupName(visit, name, filters[name]),
    ]),
    ['unknown', unknown ? groupName(visit, unknown, null) : filters.unknown],
    ['hour', hour],
  ]
  const set = names.filter(([, value]) => value)
  return when(
    set.length > 0,
    () =>
      html`<div class="checks">${set.map(([name, value]) => {
        const without = withQuery('/console/verifications', { ...kept, [name]: '' })
        return html`<span class="badge busy">${value}<input type="hidden" name="${name}" value="${filters[name]}"><a href="${without}" aria-label="${t.list.without(value)}">×</a></span>`
      })}</div>`,
  )
}
