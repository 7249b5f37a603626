import { CHANNELS } from '../../channels/channels.ts'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { listAccounts } from '../../routing/accounts.ts'
import { listRoutes } from '../../routing/routes.ts'
import type { AccountView, RouteView } from '../../routing/schemas.ts'
import { PAGE_MAX } from '../../values/pages.ts'
import type { Console } from '../mount.ts'
import { csvOfList, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { operatorTabs } from '../parts/operator-tabs.ts'
import { table } from '../parts/table.ts'
import type { Member, Page } from '../visit.ts'

const PATH = '/console/routes'
const FILE = csvTable({ id: 'plain', prefix: 'plain', channel: 'plain', accounts: 'text' })

/** The routes, by channel and prefix. */
export function routesPage(console: Console): void {
  console.page(PATH, 'admin', showRoutes)

  console.page(`${PATH}.csv`, 'admin', (member) =>
    sendCsv(
      member,
      'routes',
      csvOfList(
        FILE,
        (cursor) => listRoutes(member.context, { limit: PAGE_MAX, cursor }),
        (route) => ({ ...route, accounts: route.accounts.join(' ') }),
      ),
    ),
  )
}

async function showRoutes(member: Member): Promise<Page> {
  const { t, context, query } = member
  const [routes, accounts] = await Promise.all([
    listRoutes(context, { limit: PAGE_MAX, cursor: query.cursor || undefined }),
    listAccounts(context, { limit: PAGE_MAX }),
  ])
  const byChannel = Map.groupBy(routes.data, ({ channel }) => channel)
  return {
    title: t.routes.title,
    section: 'operators',
    body: html`<div class="head"><h1>${t.routes.title}</h1><span class="row"><a class="button" href="${PATH}/new">${t.routes.create}</a>${exportLink(member, `${PATH}.csv`)}</span></div>
${operatorTabs(member, 'routes')}
${when(query.removed, () => html`<p class="box good" role="status">${t.routes.removed}</p>`)}
<p class="soft">${t.routes.intro} ${t.routes.failover}</p>
${when(routes.data.length === 0, () => html`<div class="empty"><p>${t.routes.none}</p><p><a class="button" href="${PATH}/new">${t.routes.create}</a></p></div>`)}
${CHANNELS.map((channel) =>
  when(
    byChannel.get(channel),
    (own) =>
      html`<section aria-labelledby="of-${channel}"><h2 id="of-${channel}">${t.channels[channel]}</h2>${routesTable(member, t.channels[channel], own, accounts.data)}</section>`,
  ),
)}
<nav class="pager" aria-label="${t.table.pages}">${when(routes.next_cursor, (cursor) => html`<a class="button" href="${withQuery(PATH, { cursor })}">${t.table.older}</a>`)}</nav>`,
  }
}

function routesTable(
  { t }: Member,
  caption: string,
  routes: readonly RouteView[],
  known: readonly AccountView[],
): Html {
  const names = new Map(known.map(({ id, name }) => [id, name]))
  return table(
    caption,
    [{ title: t.routes.prefix }, { title: t.routes.accounts }],
    routes
      .toSorted((one, other) => (one.prefix < other.prefix ? -1 : 1))
      .map(({ id, prefix, accounts }) => [
        html`<a class="number" href="${PATH}/${id}">${prefix}</a>`,
        html`${accounts.map((account, i) => html`${i > 0 ? ' → ' : ''}<a href="/console/operators/${account}">${names.get(account) ?? account}</a>`)}`,
      ]),
  )
}
