import { html } from 'hono/html'
import type { StatementView } from '../../billing/records/schemas.ts'

type Money = StatementView['charges']

const STYLE = `
body { font: 11pt/1.5 system-ui, sans-serif; color: #111; background: #fff; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
table { width: 100%; border-collapse: collapse } th, td { text-align: left; padding: .3rem .5rem .3rem 0; border-bottom: 1px solid #ccc; vertical-align: top }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } tfoot td { font-weight: 600; border-bottom: 0 }
thead { display: table-header-group } tr { break-inside: avoid }
@page { margin: 18mm } @media print { body { margin: 0; max-width: none; font-size: 10pt } }
`

const money = ({ amount, currency }: Money) => html`<td class="number">${amount} ${currency}</td>`
const day = (time: string) => time.slice(0, 10)

/** A month's statement as a printable, self-contained page. */
export async function statementPage(statement: StatementView): Promise<string> {
  const { tenant, month, days, movements } = statement
  const page = await html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Statement ${month}, ${tenant.name}</title><style>${STYLE}</style></head>
<body>
<h1>Statement ${month}</h1>
<p>${tenant.name} (${tenant.id}). ${day(statement.from)} to ${day(new Date(Date.parse(statement.to) - 1).toISOString())}, UTC.</p>
<table>
<tbody>
<tr><th>Opening balance</th>${money(statement.opening_balance)}</tr>
<tr><th>Top-ups</th>${money(statement.top_ups)}</tr>
<tr><th>Adjustments</th>${money(statement.adjustments)}</tr>
<tr><th>Calls (${statement.calls})</th>${money({ ...statement.charges, amount: `−${statement.charges.amount}` })}</tr>
</tbody>
<tfoot><tr><td>Closing balance</td>${money(statement.closing_balance)}</tr></tfoot>
</table>
<h2>Calls by day</h2>
<table><thead><tr><th>Day</th><th class="number">Calls</th><th class="number">Charges</th></tr></thead><tbody>
${days.map((row) => html`<tr><td>${row.day}</td><td class="number">${row.calls}</td>${money(row.charges)}</tr>`)}
</tbody></table>
<h2>Top-ups and adjustments</h2>
<table><thead><tr><th>Time</th><th>Kind</th><th>Reason or reference</th><th class="number">Amount</th></tr></thead><tbody>
${movements.map(
  (row) => html`<tr><td>${row.at.slice(0, 16).replace('T', ' ')}</td><td>${row.kind}</td>
<td>${[row.reason, row.reference].filter(Boolean).join(', ')}</td>${money(row.amount)}</tr>`,
)}
</tbody></table>
</body></html>`
  return String(page)
}
