import { type Html, html, when } from '../../html/html.ts'
import { actingPath } from '../acting.ts'
import type { Visit } from '../visit.ts'

/**
 * The tenant whose data the page shows and, for those who may act for others, a menu of tenants. `path`: the
 * page to open for the chosen one.
 */
export function tenantSwitch({ t, user, acting, tenants }: Visit, path: string): Html {
  const name = html`<span class="tenant">${user?.tenantName ?? ''}</span>`
  const own = tenants[0]
  if (tenants.length < 2 || !own) return name
  return html`<details class="switch"><summary${when(acting, () => html` class="acting"`)}>${when(acting, () => html`<span>${t.shell.actingFor}</span> `)}${name}</summary>
<ul aria-label="${t.shell.tenants}">${tenants.map(({ id, name }) => {
    const isOwn = id === own.id
    const mark = id === (acting ?? own.id) ? html` aria-current="true"` : ''
    return html`<li><a href="${actingPath(path, id)}"${mark}>${name}</a>${isOwn ? html` <span class="soft">${t.shell.ownTenant}</span>` : ''}</li>`
  })}<li><a href="/console/tenants">${t.shell.allTenants}</a></li></ul></details>`
}
