import { type Html, html } from '../../html/html.ts'
import type { Visit } from '../visit.ts'

const PATHS = { standings: '/console/phones', erasures: '/console/erasures' }

/** Tabs of the pages about single phones. */
export function phoneTabs({ t }: Visit, current: keyof typeof PATHS): Html {
  return html`<nav class="tabs" aria-label="${t.nav.phones}">${(
    Object.keys(PATHS) as (keyof typeof PATHS)[]
  ).map(
    (name) =>
      html`<a href="${PATHS[name]}"${name === current ? html` aria-current="page"` : ''}>${t.phones.tabs[name]}</a>`,
  )}</nav>`
}
