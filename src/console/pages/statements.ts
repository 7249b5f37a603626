import { StatementQuery, type StatementView } from '../../billing/records/schemas.ts'
import { getStatement, MOVEMENTS_MAX } from '../../billing/records/statement.ts'
import { exportStatement } from '../../billing/records/statement-lines.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import type { Console } from '../mount.ts'
import { exportLink, sendCsv } from '../parts/export.ts'
import { moneyTabs } from '../parts/money-tabs.ts'
import { printButton } from '../parts/print-button.ts'
import { table } from '../parts/table.ts'
import type { Member } from '../visit.ts'

const PATH = '/console/money/statements'
const MONTHS_OFFERED = 24

/** A month's statement. */
export function statementsPages(console: Console): void {
  console.page(PATH, 'billing', async (member) => {
    const { t, format } = member
    const months = lastMonths(new Date())
    const { month } = queryOf(member)
    const statement = await getStatement(member.context, { month })
    return {
      title: t.money.tabs.statements,
      section: 'money',
      scripts: ['print.js'],
      asked: { month },
      body: html`<div class="head"><h1>${t.money.statement}: <span class="nowrap">${format.month(`${month}-01T00:00:00Z`)}</span></h1><span class="row">${printButton(member)}${exportLink(member, `${PATH}.csv`, { month })}</span></div>${moneyTabs(member, 'statements')}
<form method="get" action="${PATH}" class="filters"><div class="field"><label for="month">${t.money.month}</label>
<select id="month" name="month">${months.map((name) => html`<option value="${name}"${name === month ? html` selected` : ''}>${format.month(`${name}-01T00:00:00Z`)}</option>`)}</select></div>
<button>${t.money.show}</button></form>
${heading(member, statement)}${sums(member, statement)}${days(member, statement)}${movements(member, statement)}`,
    }
  })

  console.page(`${PATH}.csv`, 'billing', async (member) => {
    const query = queryOf(member)
    return sendCsv(member, `statement-${query.month}`, exportStatement(member.context, query))
  })
}

function queryOf({ query }: Member): StatementQuery {
  return validate(StatementQuery, { month: query.month || new Date().toISOString().slice(0, 7) }, 'query')
}

function lastMonths(now: Date): string[] {
  return Array.from({ length: MONTHS_OFFERED }, (_, i) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - i, 1)).toISOString().slice(0, 7),
  )
}

/** Whose statement it is and of which days: what a printed page must say. */
function heading({ t, format }: Member, { tenant, from, to }: StatementView): Html {
  const last = new Date(Date.parse(to) - 1).toISOString()
  return html`<p><strong>${tenant.name}</strong> <code class="soft">${tenant.id}</code><br>${t.money.period(format.date(from), format.date(last))}</p>`
}

function sums({ t, format }: Member, statement: StatementView): Html {
  const { opening_balance, top_ups, adjustments, charges, calls, closing_balance } = statement
  const rows = [
    [t.money.opening, format.money(opening_balance)],
    [t.money.topUps, format.money(top_ups)],
    [t.money.adjustments, format.money(adjustments)],
    [t.money.charges(calls), `− ${format.money(charges)}`],
    [t.money.closing, format.money(closing_balance)],
  ] as const
  return table(
    t.money.statement,
    [{ title: t.money.item }, { title: t.money.amount, numeric: true }],
    rows.map(([name, amount]) => [html`${name}`, html`${amount}`]),
  )
}

function days({ t, format }: Member, statement: StatementView): Html {
  return html`<section aria-labelledby="days"><h2 id="days">${t.money.byDay}</h2>${table(
    t.money.byDay,
    [
      { title: t.overview.day },
      { title: t.list.calls, numeric: true },
      { title: t.money.amount, numeric: true },
    ],
    statement.days.map(({ day, calls, charges }) => [
      html`${format.day(`${day}T00:00:00Z`)}`,
      html`${format.number(calls)}`,
      html`${format.money(charges)}`,
    ]),
    html`<p>${t.money.noCalls}</p>`,
    {
      sums: [
        html`${t.money.total}`,
        html`${format.number(statement.calls)}`,
        html`${format.money(statement.charges)}`,
      ],
    },
  )}</section>`
}

function movements({ t, format }: Member, statement: StatementView): Html {
  return html`<section aria-labelledby="movements"><h2 id="movements">${t.money.movements}</h2>${table(
    t.money.movements,
    [
      { title: t.money.at },
      { title: t.money.item },
      { title: t.money.amount, numeric: true },
      { title: t.money.reason },
    ],
    statement.movements.map(({ at, kind, reason, reference, amount }) => [
      format.moment(at),
      html`${t.money.kinds[kind]}`,
      html`${format.money(amount)}`,
      html`${[reason, reference].filter(Boolean).join(', ')}`,
    ]),
    html`<p>${t.money.noMovements}</p>`,
  )}${when(statement.movements.length === MOVEMENTS_MAX, () => html`<p class="soft">${t.money.moreInCsv(format.number(MOVEMENTS_MAX))}</p>`)}</section>`
}
