import { type Html, html } from '../../html/html.ts'
import type { Visit } from '../visit.ts'

const PATHS = { accounts: '/console/operators', routes: '/console/routes', numbers: '/console/numbers' }

/** Tabs of the operators' pages. */
export function operatorTabs({ t }: Visit, current: keyof typeof PATHS): Html {
  const names = Object.keys(PATHS) as (keyof typeof PATHS)[]
  return html`<nav class="tabs" aria-label="${t.nav.operators}">${names.map(
    (name) =>
      html`<a href="${PATHS[name]}"${name === current ? html` aria-current="page"` : ''}>${t.operators.tabs[name]}</a>`,
  )}</nav>`
}
