import { requireLive } from '../../access/livemode.ts'
import { AppError } from '../../errors.ts'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { listAccounts } from '../../routing/accounts.ts'
import { getTenant } from '../../tenants/tenants.ts'
import { publicId } from '../../values/ids.ts'
import { PAGE_MAX } from '../../values/pages.ts'
import { csrfField } from '../csrf.ts'
import { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { csvOfList, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { type Filled, field } from '../parts/field.ts'
import { PAGE_LENGTH, table } from '../parts/table.ts'
import { ownerName, priceTabs, tariffFields, tariffState } from '../parts/tariff-fields.ts'
import { redirect } from '../response.ts'
import { newTariffIn } from '../tariff-form.ts'
import { TARIFFS, type TariffKind, type TariffView } from '../tariff-kinds.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const FILE = csvTable({
  id: 'plain',
  owner: 'text',
  prefix: 'plain',
  channel: 'plain',
  per: 'plain',
  amount: 'plain',
  currency: 'plain',
  valid_from: 'plain',
  valid_until: 'plain',
  created_at: 'plain',
})

/** Lists of prices or of costs, each with a form for a new one. */
export function tariffsPages(console: Console, kind: TariffKind): void {
  const { path, owner, create, list } = TARIFFS[kind]

  console.page(path, 'admin', (member) => showTariffs(member, kind, null))

  console.form(path, 'admin', async (member, form) => {
    try {
      requireLive(member.context.actor)
      await create(member.context, newTariffIn(form, owner))
      return redirect(member.c, `${path}?done=created`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showTariffs(member, kind, { form, error })
    }
  })

  console.page(`${path}.csv`, 'admin', (member) => {
    const lines = csvOfList(
      FILE,
      (cursor) => list(member.context, { limit: PAGE_MAX, cursor }),
      (row: TariffView) => ({ ...row, owner: row.list ?? row.account ?? '' }),
    )
    return sendCsv(member, kind, lines)
  })
}

/** Names of accounts by id: the newest hundred. */
export async function accountNames({ context }: Member): Promise<ReadonlyMap<string, string>> {
  const { data } = await listAccounts(context, { limit: PAGE_MAX, cursor: undefined })
  return new Map(data.map(({ id, name }) => [id, name]))
}

async function showTariffs(member: Member, kind: TariffKind, filled: Filled | null): Promise<Page> {
  const { t, context, query } = member
  const { path } = TARIFFS[kind]
  const [page, accounts, tenant] = await Promise.all([
    TARIFFS[kind].list(context, { limit: PAGE_LENGTH, cursor: query.cursor || undefined }),
    kind === 'costs' ? accountNames(member) : new Map<string, string>(),
    getTenant(context, { id: publicId('tenant', context.actor.tenantId) }),
  ])
  const fresh = { form: new Form(new URLSearchParams({ currency: tenant.currency })), error: null }
  const done = Object.entries(t.prices.done).find(([name]) => name === query.done)
  return {
    title: t.prices.tabs[kind],
    section: 'prices',
    status: filled?.error?.status ?? 200,
    body: html`<div class="head"><h1>${t.prices.tabs[kind]}</h1>${exportLink(member, `${path}.csv`)}</div>${priceTabs(member, kind)}
<p class="lead">${t.prices.intros[kind]}</p>
${when(done && !filled, () => html`<p class="box good" role="status">${done?.[1]}</p>`)}
${tariffTable(member, kind, page.data, accounts)}
<nav class="pager" aria-label="${t.table.pages}">${when(page.next_cursor, (cursor) => html`<a class="button" href="${withQuery(path, { cursor })}">${t.table.older}</a>`)}</nav>
<section aria-labelledby="new"><h2 id="new">${t.prices.create[kind]}</h2>${problemBox(member, filled?.error ?? null)}
${context.actor.livemode ? newForm(member, kind, filled ?? fresh, accounts) : html`<p>${t.prices.liveOnly}</p>`}</section>`,
  }
}

function tariffTable(
  member: Member,
  kind: TariffKind,
  rows: readonly TariffView[],
  accounts: ReadonlyMap<string, string>,
): Html {
  const { t, format } = member
  return table(
    t.prices.tabs[kind],
    [
      { title: t.operators.prefix },
      { title: t.prices.owner[kind], roomy: true },
      { title: t.attempts.channel, roomy: true },
      { title: t.money.amount, numeric: true },
      { title: t.prices.per, roomy: true },
      { title: t.prices.from },
      { title: t.prices.until, roomy: true },
      { title: t.prices.state },
    ],
    rows.map((row) => [
      html`<a class="number" href="${TARIFFS[kind].path}/${row.id}">${row.prefix}</a>`,
      html`${ownerName(member, row, accounts)}`,
      html`${t.channels[row.channel as keyof typeof t.channels]}`,
      html`${format.money(row)}`,
      html`${t.prices.pers[row.per as keyof typeof t.prices.pers]}`,
      format.moment(row.valid_from),
      row.valid_until ? format.moment(row.valid_until) : html`<span class="soft">${t.prices.noEnd}</span>`,
      tariffState(member, row),
    ]),
    html`<p>${t.prices.none[kind]}</p>`,
  )
}

function newForm(
  member: Member,
  kind: TariffKind,
  filled: Filled,
  accounts: ReadonlyMap<string, string>,
): Html {
  const { t } = member
  const { path, owner } = TARIFFS[kind]
  if (kind === 'costs' && accounts.size === 0) return html`<p>${t.operators.none}</p>`
  const owners = kind === 'prices' ? Object.entries(t.prices.lists) : [...accounts]
  return html`<form method="post" action="${path}" class="panel">${csrfField(member)}<div class="fields">
${field(member, filled, [owner, t.prices.owner[kind]], { options: owners, help: kind === 'prices' ? t.prices.listHelp : '' })}
${tariffFields(member, kind, filled, true)}
${field(member, filled, ['currency', t.tenants.currency], { attributes: html` maxlength="3" required` })}</div>
<p><button class="main">${t.prices.create[kind]}</button></p></form>`
}
