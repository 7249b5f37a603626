import { requireLive } from '../../access/livemode.ts'
import { AppError } from '../../errors.ts'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { listStandings, setStanding } from '../../limits/manage-standings.ts'
import { StandingInput, StandingsQuery, type StandingView } from '../../limits/standing-schemas.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { csvOfList, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { phoneTabs } from '../parts/phone-tabs.ts'
import { standingBadge } from '../parts/standing.ts'
import { PAGE_LENGTH, table } from '../parts/table.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/phones'
const FILE = csvTable({
  phone: 'plain',
  standing: 'plain',
  until: 'plain',
  reason: 'text',
  updated_at: 'plain',
})
const FILTERS = ['all', 'trusted', 'blocked'] as const

/** The phones that a tenant trusts or blocks. */
export function phonesPages(console: Console): void {
  console.page(PATH, 'admin', (member) => showPhones(member, null, null))

  console.form(PATH, 'admin', async (member, form) => {
    try {
      requireLive(member.context.actor)
      await setStanding(member.context, inputOf(form))
      return redirect(member.c, withQuery(PATH, { standing: member.query.standing }))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showPhones(member, error, form)
    }
  })

  console.page(`${PATH}.csv`, 'admin', (member) => {
    const lines = csvOfList(
      FILE,
      (cursor) => listStandings(member.context, queryOf(member, cursor ?? '', 100)),
      (row) => row,
    )
    return sendCsv(member, 'phones', lines)
  })
}

/** The phone and standing in a form. */
export function inputOf(form: Form): { phone: string } & StandingInput {
  const [until, reason] = [form.text('until'), form.text('reason')]
  const given = {
    standing: form.text('standing'),
    // The browser's field has no zone; the console shows UTC.
    ...(until && { until: `${until}Z` }),
    ...(reason && { reason }),
  }
  return { phone: form.text('phone'), ...validate(StandingInput, given, 'body') }
}

const filterOf = ({ query }: Member) => FILTERS.find((name) => name === query.standing) ?? 'all'

function queryOf(member: Member, cursor: string, limit: number): StandingsQuery {
  const standing = filterOf(member)
  const given = {
    ...(standing !== 'all' && { standing }),
    ...(cursor && { cursor }),
    limit: String(limit),
  }
  return validate(StandingsQuery, given, 'query')
}

async function showPhones(member: Member, error: AppError | null, form: Form | null): Promise<Page> {
  const { t, context, format, query } = member
  const filter = filterOf(member)
  const page = await listStandings(context, queryOf(member, query.cursor ?? '', PAGE_LENGTH))
  const isLive = context.actor.livemode
  return {
    title: t.nav.phones,
    section: 'phones',
    asked: { standing: filter === 'all' ? '' : filter },
    status: error?.status ?? 200,
    body: html`<div class="head"><h1>${t.nav.phones}</h1>${exportLink(member, `${PATH}.csv`, { standing: filter })}</div>${phoneTabs(member, 'standings')}
<p class="lead">${t.phones.intro}</p>
${problemBox(member, error)}
${isLive ? addForm(member, form) : html`<p>${t.phones.liveOnly}</p>`}
<form method="get" action="${PATH}" class="filters"><div class="field"><label for="filter">${t.phones.standing}</label><select id="filter" name="standing">
${FILTERS.map((name) => html`<option value="${name}"${name === filter ? html` selected` : ''}>${t.phones.filters[name]}</option>`)}</select></div><button>${t.money.show}</button></form>
${table(
  t.nav.phones,
  [
    { title: t.list.phone },
    { title: t.phones.standing },
    { title: t.phones.until },
    { title: t.phones.reason, roomy: true },
    { title: t.phones.since, roomy: true },
    ...(isLive ? [{ title: t.phones.change }] : []),
  ],
  page.data.map((row) => [
    html`<a class="number" href="${withQuery('/console/verifications', { q: row.phone })}">${row.phone}</a>`,
    standingBadge(member, row.standing),
    row.until ? format.moment(row.until) : html`${t.phones.always}`,
    html`${row.reason ?? ''}`,
    when(row.updated_at, format.moment),
    ...(isLive ? [neutralForm(member, row)] : []),
  ]),
  html`<p>${t.phones.none}</p>`,
)}
<nav class="pager" aria-label="${t.table.pages}">${when(page.next_cursor, (cursor) => html`<a class="button" href="${withQuery(PATH, { standing: filter, cursor })}">${t.table.older}</a>`)}</nav>`,
  }
}

function addForm(member: Member, form: Form | null): Html {
  const { t } = member
  const typed = (name: string) => form?.text(name) ?? ''
  return html`<form method="post" action="${withQuery(PATH, { standing: member.query.standing })}" class="filters">${csrfField(member)}
<div class="field"><label for="phone">${t.list.phone}</label><input id="phone" name="phone" type="tel" value="${typed('phone')}" autocomplete="off" required></div>
<div class="field"><label for="reason">${t.phones.reason}</label><input id="reason" name="reason" value="${typed('reason')}" maxlength="255" autocomplete="off"></div>
<div class="field"><label for="until">${t.phones.untilUtc}</label><input id="until" name="until" type="datetime-local" value="${typed('until')}"></div>
<button name="standing" value="trusted">${t.phones.trust}</button><button name="standing" value="blocked" class="danger">${t.phones.block}</button></form>`
}

function neutralForm(member: Member, { phone }: StandingView): Html {
  const { t } = member
  return html`<form method="post" action="${withQuery(PATH, { standing: member.query.standing })}">${csrfField(member)}<input type="hidden" name="phone" value="${phone}">
<button name="standing" value="neutral" class="quiet">${t.phones.neutral}</button></form>`
}
