import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { checkAccount, healthOf } from '../../routing/account-verbs.ts'
import { listAccounts } from '../../routing/accounts.ts'
import type { Console } from '../mount.ts'
import { checkBox, checkButton, labelAt, operatorSaid } from '../parts/account-check.ts'
import { csvOf, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { heatMap, type Operator } from '../parts/heat-map.ts'
import { operatorTabs } from '../parts/operator-tabs.ts'
import { badge, type Tone } from '../parts/status.ts'
import { table } from '../parts/table.ts'
import type { Member, Page } from '../visit.ts'

const PATH = '/console/operators'
const ACCOUNTS_SHOWN = 25

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
  const { t, query } = member
  const { operators, next } = await readOperators(member, ACCOUNTS_SHOWN)
  return {
    title: t.nav.operators,
    section: 'operators',
    body: html`<div class="head"><h1>${t.nav.operators}</h1><span class="row"><a class="button" href="${PATH}/new">${t.accounts.connect}</a>${exportLink(member, `${PATH}.csv`)}</span></div>${operatorTabs(member, 'accounts')}
${when(query.removed && !check, () => html`<p class="box good" role="status">${t.accounts.removed}</p>`)}
${when(check, (done) => checkBox(member, done, operators.find(({ id }) => id === done.id)?.name ?? done.id))}
${accountsTable(member, operators)}
<nav class="pager" aria-label="${t.table.pages}">${when(next, (cursor) => html`<a class="button" href="${withQuery(PATH, { cursor })}">${t.table.older}</a>`)}</nav>
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
    operators.map(({ id, name, provider, enabled, health }) => [
      html`<a id="${id}" class="cut" href="${PATH}/${id}" title="${name}">${name}</a><br><span class="soft">${provider}</span>${faults(member, health)}`,
      enabled ? standing(member, { id, name, health }) : badge('warn', t.accounts.disabled),
      html`${format.money(health.balance.amount)}${when(health.balance.low, () => html`<br>${badge('bad', t.operators.low)}`)}`,
      html`${format.percent(health.breaker.fault_ratio)}`,
      html`${format.number(health.calls_in_flight)}`,
      format.moment(health.balance.checked_at),
      when(!health.stopped, () => checkButton(member, id, labelAt(t.operators.check, name))),
    ]),
    html`<p>${t.operators.none}</p><p class="soft">${t.operators.noneHelp}</p><p><a class="button" href="${PATH}/new">${t.accounts.connect}</a></p>`,
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
