import { createHash } from 'node:crypto'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { PAGE_MAX } from '../../values/pages.ts'
import { failureInWords } from '../../verifications/failure.ts'
import { LOOKED_MAX } from '../../verifications/groups.ts'
import { get, list, verificationOfAttempt } from '../../verifications/read.ts'
import { VerificationView } from '../../verifications/schemas.ts'
import { type Filters, type Found, find, read } from '../find.ts'
import { sendNews } from '../live.ts'
import type { Console } from '../mount.ts'
import { csvOfList, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { groupFilters, groupsOf } from '../parts/group-filters.ts'
import { statusBadge, type Verification } from '../parts/status.ts'
import { PAGE_LENGTH, table } from '../parts/table.ts'
import { redirect } from '../response.ts'
import { searchesOf } from '../search.ts'
import type { Member } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/verifications'
/** How often an open list looks for news. */
const LOOK_MS = 2000
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

/** The list of verifications: search by phone, reference, metadata or id, and filters, all in the address. */
export function verificationsPages(console: Console): void {
  console.page(PATH, 'read', async (member) => {
    const filters = filtersOf(member)
    const named = await nameOf(member, filters.q)
    if (named) return redirect(member.c, `${PATH}/${named}`)
    const found = await find(member, filters, PAGE_LENGTH)
    const { error, rows } = found
    const { t } = member
    const live =
      isFirstPage(filters) && !error ? withQuery(`${PATH}/news`, { ...filters, seen: versionOf(rows) }) : ''
    return {
      title: t.nav.verifications,
      section: 'verifications',
      status: error?.status ?? 200,
      scripts: ['search.js', 'live.js'],
      asked: Object.keys(found.asked.more).length === 0 ? found.asked.query : null,
      body: html`<div class="head"><h1>${t.nav.verifications}</h1>${exportLink(member, `${PATH}.csv`, { ...filters, cursor: '' })}</div>
${filterForm(member, filters)}
<div data-live="${live}" data-pauses><p class="soft live" role="status" data-live-state data-live-text="${t.list.live}" data-paused-text="${t.list.paused}"></p>
<div id="results" data-part="results">${problemBox(member, error)}${error ? '' : results(member, filters, found)}</div></div>`,
    }
  })

  console.page(`${PATH}/news`, 'read', (member) => {
    const filters = filtersOf(member)
    const look = async () => ({
      version: versionOf((await find(member, filters, PAGE_LENGTH)).rows),
      final: false,
    })
    return sendNews(member, look, LOOK_MS)
  })

  console.page(`${PATH}.csv`, 'read', async (member) => {
    const { asked } = await find(member, { ...filtersOf(member), cursor: '' }, 1)
    const lines = csvOfList(
      FILE,
      (cursor) =>
        list(
          member.context,
          read({ ...asked.query, limit: String(PAGE_MAX), ...(cursor && { cursor }) }),
          asked.more,
        ),
      (row) => ({ ...row, failure: row.failure?.code ?? null }),
    )
    return sendCsv(member, 'verifications', lines)
  })
}

function filtersOf({ query }: Member): Filters {
  const text = (name: keyof Filters) => (query[name] ?? '').trim()
  return {
    q: text('q'),
    by: text('by'),
    status: text('status'),
    from: text('from'),
    to: text('to'),
    sort: text('sort'),
    cursor: text('cursor'),
    ...groupsOf(query),
  }
}

/** The id of the verification that a whole id names, its own or an attempt's; null if there is none. */
async function nameOf({ context, user }: Member, q: string): Promise<string | null> {
  const [search] = searchesOf(q, user.actor.defaultRegion)
  if (search?.way === 'attempt') return verificationOfAttempt(context, search.value)
  if (search?.way !== 'id_begins' || search.value.length !== 32) return null
  return get(context, { id: `ver_${search.value}` }).then(
    ({ id }) => id,
    () => null,
  )
}

const isFirstPage = ({ cursor, sort }: Filters) => !cursor && sort !== 'oldest'

/** Changes with what the list shows. */
const versionOf = (rows: readonly Verification[]) =>
  createHash('sha256')
    .update(rows.map(({ id, status, attempts }) => `${id} ${status} ${attempts}`).join())
    .digest('hex')
    .slice(0, 16)

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
<button>${t.list.submit}</button>${groupFilters(member, filters)}${when(filters.sort, (sort) => html`<input type="hidden" name="sort" value="${sort}">`)}</form>`
}

function results(member: Member, filters: Filters, { search, rows, next }: Found): Html {
  const { t, format, language } = member
  const seconds = (row: Verification) =>
    row.delivered_at ? (Date.parse(row.delivered_at) - Date.parse(row.created_at)) / 1000 : null
  const { cursor, ...rest } = filters
  const kept = { ...rest, by: search?.way ?? '' }
  const isOldest = filters.sort === 'oldest'
  const turned = withQuery(PATH, { ...kept, sort: isOldest ? '' : 'oldest' })
  return html`${when(search, (each) => html`<p class="soft">${t.list.found[each.way](each.value)}</p>`)}${table(
    t.nav.verifications,
    [
      { title: t.list.phone },
      { title: t.list.status },
      { title: t.list.channel, roomy: true },
      { title: t.list.started, sort: { href: turned, order: isOldest ? 'ascending' : 'descending' } },
      { title: t.list.rangAfter, numeric: true, roomy: true },
      { title: t.list.calls, numeric: true, roomy: true },
      { title: t.list.failure, roomy: true },
      { title: t.list.reference, roomy: true },
    ],
    rows.map((row) => [
      html`<a href="${PATH}/${row.id}" class="number">${row.phone}</a>`,
      html`${statusBadge(member, row.status)}`,
      html`<span class="nowrap">${t.channels[row.channel]}</span>`,
      format.moment(row.created_at),
      html`${format.duration(seconds(row), t.units)}`,
      html`${format.number(row.attempts)}`,
      html`${when(row.failure, ({ code }) => html`<span class="cut" title="${failureInWords(language, code)}">${failureInWords(language, code)}</span>`)}`,
      html`<span class="cut" title="${row.reference ?? ''}">${row.reference ?? ''}</span>`,
    ]),
    next ? html`<p>${t.list.noneYet(format.number(LOOKED_MAX))}</p>` : emptyList(member, filters),
  )}
<nav class="pager" aria-label="${t.table.pages}">${when(cursor, () => html`<a class="button" href="${withQuery(PATH, kept)}">${isOldest ? t.table.oldest : t.table.newest}</a>`)}
${when(next, (after) => html`<a class="button" href="${withQuery(PATH, { ...kept, cursor: after })}" rel="next">${isOldest ? t.table.newer : t.table.older}</a>`)}</nav>`
}

function emptyList({ t, user, can }: Member, { sort: _, ...filters }: Filters): Html {
  if (Object.values(filters).some(Boolean)) {
    return html`<p>${t.list.nothingFound}</p><p class="soft">${t.list.nothingFoundHelp}</p><p><a class="button" href="${PATH}">${t.list.showAll}</a></p>`
  }
  const mayTry = !user.actor.livemode && can('verify')
  return html`<p>${t.list.none}</p>${
    mayTry
      ? html`<p><a class="button" href="/console/try">${t.nav.try}</a></p>`
      : html`<p><a class="button" href="/docs#quick-start">${t.shell.docs}</a></p>`
  }`
}
