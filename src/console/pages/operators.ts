import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { checkAccount, healthOf } from '../../routing/account-verbs.ts'
import { listAccounts } from '../../routing/accounts.ts'
import { listRoutes } from '../../routing/routes.ts'
import type { RouteView } from '../../routing/schemas.ts'
import { PAGE_MAX } from '../../values/pages.ts'
import type { Console } from '../mount.ts'
import { checkBox, checkButton, labelAt, operatorSaid } from '../parts/account-check.ts'
import { csvOf, csvOfList, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { heatMap, type Operator } from '../parts/heat-map.ts'
import { operatorTabs } from '../parts/operator-tabs.ts'
import { badge, type Tone } from '../parts/status.ts'
import { table } from '../parts/table.ts'
import type { Member, Page } from '../visit.ts'

const PATH = '/console/operators'
const ACCOUNTS_SHOWN = 25
const ROUTES_SHOWN = 50

const ACCOUNTS_FILE = csvTable({
  id: 'plain',
  name: 'text',
  provider: 'plain',
  base_url: 'text',
  breaker: 'plain',
  stopped_at: 'plain',
  balance: 'plain',
  currency: 'plain',
  calls_in_flight: 'plain',
})
const ROUTES_FILE = csvTable({ id: 'plain', prefix: 'plain', channel: 'plain', accounts: 'text' })
const PREFIXES_FILE = csvTable({
  account: 'text',
  prefix: 'plain',
  delivered: 'plain',
  delivered_calls: 'plain',
  approved: 'plain',
  approved_calls: 'plain',
  demoted_at: 'plain',
})

type Check = Awaited<ReturnType<typeof checkAccount>> & { id: string }

/** The health of operator accounts, and the routes. */
export function operatorsPages(console: Console): void {
  console.page(PATH, 'admin', (member) => showOperators(member, null))

  console.form(PATH, 'admin', async (member, form) => {
    const id = form.text('account')
    return showOperators(member, { ...(await checkAccount(member.context, { id })), id })
  })

  console.page(`${PATH}.csv`, 'admin', async (member) => {
    const { operators } = await readOperators(member, 100)
    const rows = operators.map(({ health, ...account }) => ({
      ...account,
      breaker: health.breaker.state,
      stopped_at: health.stopped?.at ?? null,
      balance: health.balance.amount?.amount ?? null,
      currency: health.balance.amount?.currency ?? null,
      calls_in_flight: health.calls_in_flight,
    }))
    return sendCsv(member, 'operators', csvOf(ACCOUNTS_FILE, rows))
  })

  console.page(`${PATH}/routes.csv`, 'admin', (member) =>
    sendCsv(
      member,
      'routes',
      csvOfList(
        ROUTES_FILE,
        (cursor) => listRoutes(member.context, { limit: PAGE_MAX, cursor }),
        (route) => ({ ...route, accounts: route.accounts.join(' ') }),
      ),
    ),
  )

  console.page(`${PATH}/prefixes.csv`, 'admin', async (member) => {
    const { operators } = await readOperators(member, 100)
    const rows = operators.flatMap(({ name, health }) =>
      health.prefixes.map(({ prefix, delivered, approved, demoted_at }) => ({
        account: name,
        prefix,
        delivered: delivered.share,
        delivered_calls: delivered.calls,
        approved: approved.share,
        approved_calls: approved.calls,
        demoted_at,
      })),
    )
    return sendCsv(member, 'prefixes', csvOf(PREFIXES_FILE, rows))
  })
}

async function readOperators({ context, query, language }: Member, limit: number) {
  const page = await listAccounts(context, { limit, cursor: query.cursor || undefined })
  const operators: Operator[] = []
  for (const account of page.data)
    operators.push({ ...account, health: await healthOf(context, account, language) })
  return { operators, next: page.next_cursor }
}

async function showOperators(member: Member, check: Check | null): Promise<Page> {
  const { t, context, query } = member
  const [{ operators, next }, routes] = await Promise.all([
    readOperators(member, ACCOUNTS_SHOWN),
    listRoutes(context, { limit: ROUTES_SHOWN, cursor: query.routes || undefined }),
  ])
  return {
    title: t.nav.operators,
    section: 'operators',
    body: html`<div class="head"><h1>${t.nav.operators}</h1>${exportLink(member, `${PATH}.csv`)}</div>${operatorTabs(member, 'accounts')}
${when(check, (done) => checkBox(member, done, operators.find(({ id }) => id === done.id)?.name ?? done.id))}
${when(operators.length > 0, () => html`<p class="soft">${t.operators.accountsHelp} <a href="/docs#updateProviderAccount">${t.operators.changeAccount}</a> <a href="/docs#createProviderAccount">${t.operators.addAccount}</a></p>`)}
${accountsTable(member, operators)}
<nav class="pager" aria-label="${t.table.pages}">${when(next, (cursor) => html`<a class="button" href="${withQuery(PATH, { cursor })}">${t.table.older}</a>`)}</nav>
<section aria-labelledby="routes"><div class="head"><h2 id="routes">${t.operators.routes}</h2>${exportLink(member, `${PATH}/routes.csv`)}</div>
<p class="soft">${t.operators.routesHelp} ${when(routes.data.length > 0, () => html`<a href="/docs#createRoute">${t.operators.changeRoutes}</a>`)}</p>${routesTable(member, routes.data, operators)}
<nav class="pager" aria-label="${t.operators.routes}: ${t.table.pages}">${when(routes.next_cursor, (cursor) => html`<a class="button" href="${withQuery(PATH, { routes: cursor })}#routes">${t.table.older}</a>`)}</nav></section>
<section aria-labelledby="heat"><div class="head"><h2 id="heat">${t.operators.heat}</h2>${exportLink(member, `${PATH}/prefixes.csv`)}</div>
<p class="soft">${t.operators.heatHelp}</p>${heatMap(member, operators)}</section>`,
  }
}

const BREAKER_TONES: Record<string, Tone> = { closed: 'good', half_open: 'warn', open: 'bad' }

function accountsTable(member: Member, operators: readonly Operator[]): Html {
  const { t, format } = member
  return table(
    t.operators.accounts,
    [
      { title: t.operators.account },
      { title: t.operators.breaker },
      { title: t.operators.balance, numeric: true },
      { title: t.operators.faults, numeric: true, roomy: true },
      { title: t.operators.inFlight, numeric: true, roomy: true },
      { title: t.operators.checked, roomy: true },
      { title: t.operators.action },
    ],
    operators.map(({ id, name, provider, health }) => [
      html`<span id="${id}" class="cut" title="${name}">${name}</span><br><span class="soft">${provider}</span>${faults(member, health)}`,
      standing(member, { id, name, health }),
      html`${format.money(health.balance.amount)}${when(health.balance.low, () => html`<br>${badge('bad', t.operators.low)}`)}`,
      html`${format.percent(health.breaker.fault_ratio)}`,
      html`${format.number(health.calls_in_flight)}`,
      format.moment(health.balance.checked_at),
      when(!health.stopped, () => checkButton(member, id, labelAt(t.operators.check, name))),
    ]),
    html`<p>${t.operators.none}</p><p class="soft">${t.operators.noneHelp}</p><p><a class="button" href="/docs#createProviderAccount">${t.shell.docs}</a></p>`,
  )
}

/** What keeps the account from calling, with the way out. */
function faults(
  member: Member,
  { stopped, balance, pool_too_small, guess_chance }: Operator['health'],
): Html {
  const { t, format } = member
  const codes = pool_too_small && guess_chance ? Math.round(1 / guess_chance) : null
  const texts = [stopped ? stopped.detail : balance.error]
  return html`${texts.map((text) => when(text, (shown) => html`<span class="fault">${shown}</span>`))}${when(stopped?.operator_said, (words) => operatorSaid(member, words))}${when(codes, (few) => html`<a class="fault" href="/console/numbers">${t.operators.poolTooSmall(format.number(few))}</a>`)}`
}

/** Whether calls are placed; if nothing is sent, with the check that starts the account again. */
function standing(
  member: Member,
  { id, name, health: { stopped, breaker } }: Pick<Operator, 'id' | 'name' | 'health'>,
): Html {
  const { t, format } = member
  if (!stopped) return badge(BREAKER_TONES[breaker.state] ?? 'calm', t.operators.breakers[breaker.state])
  const { check, checkThat } = t.operators
  const other = stopped.account === id ? null : stopped.account
  return html`${badge('bad', t.operators.stopped)}<br><span class="soft">${t.operators.stoppedSince} ${format.moment(stopped.at)}</span>
${checkButton(member, other ?? id, labelAt(other ? checkThat : check, name))}`
}

function routesTable({ t }: Member, routes: readonly RouteView[], operators: readonly Operator[]): Html {
  const names = new Map(operators.map(({ id, name }) => [id, name]))
  return table(
    t.operators.routes,
    [{ title: t.operators.prefix }, { title: t.attempts.channel }, { title: t.operators.order }],
    routes.map(({ prefix, channel, accounts }) => [
      html`<span class="number">${prefix}</span>`,
      html`${t.channels[channel]}`,
      html`${accounts.map((id, i) => html`${i > 0 ? ' → ' : ''}${names.get(id) ?? id}`)}`,
    ]),
    html`<p>${t.operators.noRoutes}</p><p><a class="button" href="/docs#createRoute">${t.shell.docs}</a></p>`,
  )
}
