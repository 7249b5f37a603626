import type { BalanceView } from '../../billing/schemas.ts'
import { type Html, html } from '../../html/html.ts'
import type { Visit } from '../visit.ts'

/** A tenant's balance in figures. */
export function balanceFigures({ t, format }: Visit, balance: BalanceView): Html {
  const parts = [
    [t.money.available, balance.available],
    [t.money.balance, balance.balance],
    [t.money.reserved, balance.reserved],
    [t.money.creditLimit, balance.credit_limit],
  ] as const
  return html`<dl class="figures">${parts.map(([name, money]) => html`<div class="panel"><dt>${name}</dt><dd class="figure">${format.money(money)}</dd></div>`)}</dl>`
}
