import { AppError } from '../../errors.ts'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { listFindings, resolveFinding } from '../../reconciliation/findings.ts'
import { FindingsQuery, FindingView, ResolveInput } from '../../reconciliation/schemas.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { csvOfList, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { moneyTabs } from '../parts/money-tabs.ts'
import { badge, type Tone } from '../parts/status.ts'
import { PAGE_LENGTH, table } from '../parts/table.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/money/findings'
const FILE = csvTable({
  id: 'plain',
  account: 'plain',
  kind: 'plain',
  phone: 'plain',
  at: 'plain',
  verification: 'plain',
  difference: 'plain',
  currency: 'plain',
  state: 'plain',
  note: 'text',
})
const STATES = FindingView.shape.state.options
const TONES: Record<FindingView['state'], Tone> = { open: 'warn', explained: 'good', written_off: 'calm' }

type Filter = { state: string; cursor: string }

/** Differences between operators' records and ours, and their resolution. */
export function findingsPages(console: Console): void {
  console.page(PATH, 'admin', (member) => showFindings(member, null, null))

  console.form(PATH, 'admin', async (member, form) => {
    const { context, c } = member
    try {
      const given = { state: form.text('to'), note: form.text('note'), adjustment: form.has('adjustment') }
      const changes = validate(ResolveInput, given, 'body')
      await resolveFinding(context, { id: form.text('finding'), changes })
      return redirect(c, withQuery(PATH, filterOf(member)))
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'not_found') throw error
      return showFindings(member, error, form)
    }
  })

  console.page(`${PATH}.csv`, 'admin', (member) => {
    const { state } = filterOf(member)
    const lines = csvOfList(
      FILE,
      (cursor) => listFindings(member.context, read({ state, cursor: cursor ?? '' }, 100)),
      ({ difference, ...row }) => ({ ...row, difference: difference.amount, currency: difference.currency }),
    )
    return sendCsv(member, 'findings', lines)
  })
}

const filterOf = ({ query }: Member): Filter => ({ state: query.state ?? 'open', cursor: query.cursor ?? '' })

function read({ state, cursor }: Filter, limit: number): FindingsQuery {
  const given = {
    ...(state && state !== 'all' && { state }),
    ...(cursor && { cursor }),
    limit: String(limit),
  }
  return validate(FindingsQuery, given, 'query')
}

async function showFindings(member: Member, error: AppError | null, form: Form | null): Promise<Page> {
  const { t, context, format } = member
  const filter = filterOf(member)
  const page = await listFindings(context, read(filter, PAGE_LENGTH))
  return {
    title: t.money.tabs.findings,
    section: 'money',
    asked: { state: filter.state === 'all' ? '' : filter.state },
    status: error?.status ?? 200,
    body: html`<div class="head"><h1>${t.money.tabs.findings}</h1>${exportLink(member, `${PATH}.csv`, { state: filter.state })}</div>${moneyTabs(member, 'findings')}
<p class="soft">${t.findings.help}</p>
<form method="get" action="${PATH}" class="filters"><div class="field"><label for="state">${t.findings.state}</label><select id="state" name="state">
${['all', ...STATES].map((name) => html`<option value="${name}"${name === filter.state ? html` selected` : ''}>${t.findings.states[name as 'all']}</option>`)}</select></div><button>${t.money.show}</button></form>
${problemBox(member, error)}
${table(
  t.money.tabs.findings,
  [
    { title: t.findings.kind },
    { title: t.list.phone },
    { title: t.money.at, roomy: true },
    { title: t.findings.ours },
    { title: t.findings.theirs },
    { title: t.findings.difference, numeric: true },
    { title: t.findings.state },
  ],
  page.data.map((finding) => [
    html`${t.findings.kinds[finding.kind]}`,
    when(finding.phone, (phone) =>
      finding.verification
        ? html`<a class="number" href="/console/verifications/${finding.verification}">${phone}</a>`
        : html`<span class="number">${phone}</span>`,
    ),
    format.moment(finding.at),
    side(member, finding.ours),
    side(member, finding.theirs),
    html`${format.money(finding.difference)}`,
    html`${badge(TONES[finding.state], t.findings.states[finding.state])}${resolveForm(member, filter, finding, form)}`,
  ]),
  html`<p>${t.findings.none}</p><p class="soft">${t.findings.noneHelp}</p>`,
)}
<nav class="pager" aria-label="${t.table.pages}">${when(page.next_cursor, (cursor) => html`<a class="button" href="${withQuery(PATH, { state: filter.state, cursor })}">${t.table.older}</a>`)}</nav>`,
  }
}

function side({ t, format }: Member, { status, cost, currency }: FindingView['ours']): Html {
  const name = status && ((t.attempts.statuses as Record<string, string>)[status] ?? status)
  const money = cost && currency ? { amount: cost, currency } : null
  return html`${name ?? '–'}${when(money, (paid) => html`<br><span class="soft nowrap">${format.money(paid)}</span>`)}`
}

function resolveForm(
  member: Member,
  filter: Filter,
  { id, note, state, postable }: FindingView,
  form: Form | null,
): Html {
  const { t } = member
  const typed = form?.text('finding') === id ? form : null
  return html`${when(note, (text) => html`<br><span class="soft">${text}</span>`)}
<details${typed ? html` open` : ''}><summary>${t.findings.resolve}</summary>
<form method="post" action="${withQuery(PATH, filter)}" class="stack">${csrfField(member)}<input type="hidden" name="finding" value="${id}">
<label for="to-${id}">${t.findings.state}</label><select id="to-${id}" name="to">${STATES.filter((name) => name !== state).map((name) => html`<option value="${name}">${t.findings.states[name]}</option>`)}</select>
<label for="note-${id}">${t.findings.note}</label><input id="note-${id}" name="note" value="${typed?.text('note') ?? ''}" maxlength="1000" required>
${when(postable, () => html`<div class="checks"><label><input type="checkbox" name="adjustment" value="1"> ${t.findings.post}</label></div>`)}
<button>${t.findings.save}</button></form></details>`
}
