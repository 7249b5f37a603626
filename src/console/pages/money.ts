import { getBalance } from '../../billing/balance.ts'
import { exportRecords, listRecords } from '../../billing/records/records.ts'
import { RecordsQuery, type RecordView } from '../../billing/records/schemas.ts'
import { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { PAGE_MAX } from '../../values/pages.ts'
import type { Console } from '../mount.ts'
import { balanceFigures } from '../parts/balance.ts'
import { exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { moneyTabs } from '../parts/money-tabs.ts'
import { attemptBadge } from '../parts/status.ts'
import { PAGE_LENGTH, table } from '../parts/table.ts'
import type { Member } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/money'

type Filters = Record<'phone' | 'from' | 'to' | 'cursor', string>

/** The balance, and the price and cost of every call. */
export function moneyPages(console: Console): void {
  console.page(PATH, 'billing', async (member) => {
    const { t, context } = member
    const filters = filtersOf(member)
    const [balance, { rows, next, error }] = await Promise.all([getBalance(context), search(member, filters)])
    return {
      title: t.nav.money,
      section: 'money',
      status: error?.status ?? 200,
      scripts: ['search.js'],
      asked: filters,
      body: html`<h1>${t.nav.money}</h1>${moneyTabs(member, 'records')}
${when(member.query.posted, () => html`<p class="box good" role="status">${t.postings.posted}</p>`)}
${balanceFigures(member, balance)}
${when(member.user.actor.livemode && member.can('admin'), () => html`<p><a class="button" href="/console/money/postings">${t.money.topUp}</a></p>`)}${when(!member.user.actor.livemode, () => html`<p class="soft">${t.money.testHelp}</p>`)}
<section aria-labelledby="records"><div class="head"><h2 id="records">${t.money.records}</h2>${exportLink(member, `${PATH}/records.csv`, { ...filters, cursor: '' })}</div>
${filterForm(member, filters)}<div id="results">${problemBox(member, error)}${error ? '' : records(member, filters, rows, next)}</div></section>`,
    }
  })

  console.page(`${PATH}/records.csv`, 'billing', async (member) => {
    const query = toQuery({ ...filtersOf(member), cursor: '' }, PAGE_MAX)
    return sendCsv(member, 'records', exportRecords(member.context, query))
  })
}

function filtersOf({ query }: Member): Filters {
  const text = (name: keyof Filters) => (query[name] ?? '').trim()
  // Keeps a leading blank: it is the `+` of a phone typed into the address bar.
  return {
    phone: text('phone') && (query.phone ?? ''),
    from: text('from'),
    to: text('to'),
    cursor: text('cursor'),
  }
}

function toQuery(filters: Filters, limit: number) {
  const given = Object.entries(filters).filter(([, value]) => value !== '')
  return validate(RecordsQuery, { ...Object.fromEntries(given), limit: String(limit) }, 'query')
}

async function search({ context }: Member, filters: Filters) {
  try {
    const page = await listRecords(context, toQuery(filters, PAGE_LENGTH))
    return { rows: page.data, next: page.next_cursor, error: null }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error
    return { rows: [], next: null, error }
  }
}

function filterForm({ t }: Member, { phone, from, to }: Filters): Html {
  return html`<form method="get" action="${PATH}" class="filters" role="search" data-search="results">
<div class="field grow"><label for="phone">${t.list.phone}</label><input id="phone" name="phone" type="search" value="${phone}" placeholder="+79243555100" autocomplete="off"></div>
<div class="field"><label for="from">${t.list.from}</label><input id="from" name="from" type="date" value="${from}"></div>
<div class="field"><label for="to">${t.list.to}</label><input id="to" name="to" type="date" value="${to}"></div>
<button>${t.list.submit}</button></form>`
}

function records(member: Member, filters: Filters, rows: readonly RecordView[], next: string | null): Html {
  const { t, format, can } = member
  const { cursor, ...kept } = filters
  return html`${table(
    t.money.records,
    [
      { title: t.list.phone },
      { title: t.money.at },
      { title: t.attempts.operator, roomy: true },
      { title: t.attempts.status },
      { title: t.money.price, numeric: true },
      { title: t.money.cost, numeric: true, roomy: true },
    ],
    rows.map((row) => [
      can('read')
        ? html`<a class="number" href="/console/verifications/${row.verification}">${row.phone}</a>`
        : html`<span class="number">${row.phone}</span>`,
      format.moment(row.at),
      html`${row.provider ?? '–'} <span class="soft">${t.channels[row.channel]}</span>`,
      html`${attemptBadge(member, row)}${when(row.status_info, (text) => html`<br><span class="soft cut" lang="en" title="${text}">${text}</span>`)}`,
      html`${format.money(row.price)}`,
      html`${format.money(row.cost)}`,
    ]),
    filters.phone || filters.from || filters.to
      ? html`<p>${t.list.nothingFound}</p><p><a class="button" href="${PATH}">${t.list.showAll}</a></p>`
      : html`<p>${t.money.noRecords}</p>`,
  )}
<nav class="pager" aria-label="${t.table.pages}">${when(cursor, () => html`<a class="button" href="${withQuery(PATH, kept)}">${t.table.newest}</a>`)}
${when(next, (after) => html`<a class="button" href="${withQuery(PATH, { ...kept, cursor: after })}" rel="next">${t.table.older}</a>`)}</nav>`
}
