import { type Html, html } from '../../html/html.ts'
import type { Member } from '../visit.ts'

const PATHS = {
  records: '/console/money',
  statements: '/console/money/statements',
  postings: '/console/money/postings',
  findings: '/console/money/findings',
}

/** For administrators: top-ups are theirs, and reconciliation concerns the installation. */
const ADMIN: readonly string[] = ['postings', 'findings']

/** Tabs of the billing pages. */
export function moneyTabs({ t, can }: Member, current: keyof typeof PATHS): Html {
  const names = (Object.keys(PATHS) as (keyof typeof PATHS)[]).filter(
    (name) => !ADMIN.includes(name) || can('admin'),
  )
  return html`<nav class="tabs" aria-label="${t.nav.money}">${names.map(
    (name) =>
      html`<a href="${PATHS[name]}"${name === current ? html` aria-current="page"` : ''}>${t.money.tabs[name]}</a>`,
  )}</nav>`
}
