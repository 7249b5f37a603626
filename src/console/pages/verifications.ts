import { AppError } from '../../errors.ts'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { PAGE_MAX } from '../../values/pages.ts'
import { withoutMarks } from '../../values/pasted.ts'
import { LOOKED_MAX } from '../../verifications/groups.ts'
import { get, list } from '../../verifications/read.ts'
import { ListQuery, VerificationView } from '../../verifications/schemas.ts'
import type { Console } from '../mount.ts'
import { csvOfList, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { type Groups, groupFilters, groupsOf, hourOf, toGroups } from '../parts/group-filters.ts'
import { statusBadge, type Verification } from '../parts/status.ts'
import { PAGE_LENGTH, table } from '../parts/table.ts'
import { redirect } from '../response.ts'
import { searchOf } from '../search.ts'
import type { Member } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/verifications'
const STATUSES = VerificationView.shape.status.options
const FILE = csvTable({
  id: 'plain',
  phone: 'plain',
  status: 'plain',
  channel: 'plain',
  attempts: 'plain',
  checks_left: 'plain',
  reference: 'text',
  created_at: 'plain',
  delivered_at: 'plain',
  completed_at: 'plain',
  failure: 'plain',
})

/** The query parameters: search text and filters. */
type Filters = Record<'q' | 'status' | 'from' | 'to' | 'cursor', string> & Groups

/** The list of verifications, with search by last digits, whole phone, reference or id. */
export function verificationsPages(console: Console): void {
  console.page(PATH, 'read', async (member) => {
    const filters = filtersOf(member)
    const [named] = /^ver_[0-9a-f]{32}$/.exec(withoutMarks(filters.q)) ?? []
    if (named && (await exists(member, named))) return redirect(member.c, `${PATH}/${named}`)
    const { rows, next, error } = await search(member, filters)
    const { t } = member
    return {
      title: t.nav.verifications,
      section: 'verifications',
      status: error?.status ?? 200,
      scripts: ['search.js'],
      body: html`<div class="head"><h1>${t.nav.verifications}</h1>${exportLink(member, `${PATH}.csv`, { ...filters, cursor: '' })}</div>
${filterForm(member, filters)}
<div id="results">${problemBox(member, error)}${error ? '' : results(member, filters, rows, next)}</div>`,
    }
  })

  console.page(`${PATH}.csv`, 'read', async (member) => {
    const filters = { ...filtersOf(member), cursor: '' }
    const [query, groups] = [toQuery(member, filters), toGroups(filters)]
    const lines = csvOfList(
      FILE,
      (cursor) =>
        list(member.context, read({ ...query, limit: String(PAGE_MAX), ...(cursor && { cursor }) }), groups),
      (row) => ({ ...row, failure: row.failure?.code ?? null }),
    )
    return sendCsv(member, 'verifications', lines)
  })
}

const read = (query: Record<string, string>) => validate(ListQuery, query, 'query')

function filtersOf({ query }: Member): Filters {
  const text = (name: keyof Filters) => (query[name] ?? '').trim()
  return {
    q: text('q'),
    status: text('status'),
    from: text('from'),
    to: text('to'),
    cursor: text('cursor'),
    ...groupsOf(query),
  }
}

function toQuery({ user }: Member, { q, status, from, to, cursor, hour }: Filters): Record<string, string> {
  const found: Record<string, string> = searchOf(q, user.actor.defaultRegion)
  if (status && status !== 'started') found.status = status
  if (from) found.from = `${from}T00:00:00Z`
  if (to) found.to = `${to}T23:59:59.999Z`
  if (cursor) found.cursor = cursor
  return hour ? { ...found, ...hourOf(hour) } : found
}

async function search(member: Member, filters: Filters) {
  try {
    const query = read({ ...toQuery(member, filters), limit: String(PAGE_LENGTH) })
    const page = await list(member.context, query, toGroups(filters))
    return { rows: page.data, next: page.next_cursor, error: null }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error
    return { rows: [], next: null, error }
  }
}

async function exists({ context }: Member, id: string): Promise<boolean> {
  return get(context, { id }).then(
    () => true,
    () => false,
  )
}

function filterForm(member: Member, filters: Filters): Html {
  const { t } = member
  const { q, status, from, to } = filters
  return html`<form method="get" action="${PATH}" class="filters" role="search" data-search="results">
<div class="field grow"><label for="q">${t.list.search}</label>
<input id="q" name="q" type="search" value="${q}" placeholder="${t.list.placeholder}" autocomplete="off" spellcheck="false"></div>
<div class="field"><label for="status">${t.list.status}</label><select id="status" name="status">
<option value="">${t.list.any}</option>
<option value="started"${status === 'started' ? html` selected` : ''}>${t.list.startedOnly}</option>
${STATUSES.map((name) => html`<option value="${name}"${name === status ? html` selected` : ''}>${t.statuses[name]}</option>`)}
</select></div>
<div class="field"><label for="from">${t.list.from}</label><input id="from" name="from" type="date" value="${from}"></div>
<div class="field"><label for="to">${t.list.to}</label><input id="to" name="to" type="date" value="${to}"></div>
<button>${t.list.submit}</button>${groupFilters(member, filters)}</form>`
}

function results(member: Member, filters: Filters, rows: readonly Verification[], next: string | null): Html {
  const { t, format } = member
  const seconds = (row: Verification) =>
    row.delivered_at ? (Date.parse(row.delivered_at) - Date.parse(row.created_at)) / 1000 : null
  const { cursor, ...kept } = filters
  return html`${table(
    t.nav.verifications,
    [
      { title: t.list.phone },
      { title: t.list.status },
      { title: t.list.started },
      { title: t.list.rangAfter, numeric: true, roomy: true },
      { title: t.list.calls, numeric: true, roomy: true },
      { title: t.list.reference, roomy: true },
    ],
    rows.map((row) => [
      html`<a href="${PATH}/${row.id}" class="number">${row.phone}</a>`,
      html`${statusBadge(member, row.status)}`,
      format.moment(row.created_at),
      html`${format.duration(seconds(row), t.units)}`,
      html`${format.number(row.attempts)}`,
      html`<span class="cut" title="${row.reference ?? ''}">${row.reference ?? ''}</span>`,
    ]),
    next ? html`<p>${t.list.noneYet(format.number(LOOKED_MAX))}</p>` : emptyList(member, filters),
  )}
<nav class="pager" aria-label="${t.table.pages}">${when(cursor, () => html`<a class="button" href="${withQuery(PATH, kept)}">${t.table.newest}</a>`)}
${when(next, (after) => html`<a class="button" href="${withQuery(PATH, { ...kept, cursor: after })}" rel="next">${t.table.older}</a>`)}</nav>`
}

function emptyList({ t, user, can }: Member, { cursor, ...filters }: Filters): Html {
  if (cursor || Object.values(filters).some(Boolean)) {
    return html`<p>${t.list.nothingFound}</p><p class="soft">${t.list.nothingFoundHelp}</p><p><a class="button" href="${PATH}">${t.list.showAll}</a></p>`
  }
  const mayTry = !user.actor.livemode && can('verify')
  return html`<p>${t.list.none}</p>${
    mayTry
      ? html`<p><a class="button" href="/console/try">${t.nav.try}</a></p>`
      : html`<p><a class="button" href="/docs#quick-start">${t.shell.docs}</a></p>`
  }`
}
