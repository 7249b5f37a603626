import { type Html, html } from '../../html/html.ts'
import type { Member } from '../visit.ts'

const PATHS = {
  records: '/console/money',
  statements: '/console/money/statements',
  findings: '/console/money/findings',
}

/** Tabs of the billing pages. Reconciliation concerns the installation, so it needs the scope admin. */
export function moneyTabs({ t, can }: Member, current: keyof typeof PATHS): Html {
  const names = (Object.keys(PATHS) as (keyof typeof PATHS)[]).filter(
    (name) => name !== 'findings' || can('admin'),
  )
  return html`<nav class="tabs" aria-label="${t.nav.money}">${names.map(
    (name) =>
      html`<a href="${PATHS[name]}"${name === current ? html` aria-current="page"` : ''}>${t.money.tabs[name]}</a>`,
  )}</nav>`
}
