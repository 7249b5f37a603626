import { requireLive } from '../../access/livemode.ts'
import { AppError } from '../../errors.ts'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { CreateTenantInput, type TenantView } from '../../tenants/schemas.ts'
import { addTenant, listTenants } from '../../tenants/tenants.ts'
import { PAGE_MAX } from '../../values/pages.ts'
import { actingPath } from '../acting.ts'
import { csrfField } from '../csrf.ts'
import { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { csvOfList, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { type Filled, field } from '../parts/field.ts'
import { PAGE_LENGTH, table } from '../parts/table.ts'
import { originsIn, tenantFields } from '../parts/tenant-fields.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/tenants'
const FILE = csvTable({
  id: 'plain',
  name: 'text',
  default_region: 'plain',
  currency: 'plain',
  credit_limit: 'plain',
  retention_days: 'plain',
  created_at: 'plain',
})
const FRESH = new Form(new URLSearchParams({ currency: 'RUB', credit_limit: '0', retention_days: '365' }))

/** The tenants of the installation. */
export function tenantsPages(console: Console): void {
  console.page(PATH, 'admin', (member) => showTenants(member, { form: FRESH, error: null }))

  console.form(PATH, 'admin', async (member, form) => {
    try {
      requireLive(member.context.actor)
      const made = await addTenant(member.context, validate(CreateTenantInput, toInput(form), 'body'))
      return redirect(member.c, `${PATH}/${made.id}?created=1`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showTenants(member, { form, error })
    }
  })

  console.page(`${PATH}.csv`, 'admin', (member) => {
    const lines = csvOfList(
      FILE,
      (cursor) => listTenants(member.context, { limit: PAGE_MAX, cursor }),
      (tenant) => tenant,
    )
    return sendCsv(member, 'tenants', lines)
  })
}

const toInput = (form: Form) => ({
  name: form.text('name'),
  default_region: form.text('default_region').toUpperCase() || null,
  currency: form.text('currency').toUpperCase(),
  credit_limit: form.text('credit_limit'),
  retention_days: Number(form.text('retention_days') || Number.NaN),
  allowed_origins: originsIn(form),
})

async function showTenants(member: Member, filled: Filled): Promise<Page> {
  const { t, context, query } = member
  const page = await listTenants(context, { limit: PAGE_LENGTH, cursor: query.cursor || undefined })
  return {
    title: t.nav.tenants,
    section: 'tenants',
    status: filled.error?.status ?? 200,
    body: html`<div class="head"><h1>${t.nav.tenants}</h1>${exportLink(member, `${PATH}.csv`)}</div><p class="lead">${t.tenants.intro}</p>
${when(query.deleted && !filled.error, () => html`<p class="box good" role="status">${t.tenants.deleted}</p>`)}
${tenantsTable(member, page.data)}
<nav class="pager" aria-label="${t.table.pages}">${when(page.next_cursor, (cursor) => html`<a class="button" href="${withQuery(PATH, { cursor })}">${t.table.older}</a>`)}</nav>
<section aria-labelledby="new"><h2 id="new">${t.tenants.create}</h2>${context.actor.livemode ? newForm(member, filled) : html`<p>${t.tenants.liveOnly}</p>`}</section>`,
  }
}

function tenantsTable(member: Member, tenants: readonly TenantView[]): Html {
  const { t, format } = member
  return table(
    t.nav.tenants,
    [
      { title: t.tenants.name },
      { title: t.tenants.currency },
      { title: t.tenants.creditLimit, numeric: true, roomy: true },
      { title: t.tenants.createdAt, roomy: true },
      { title: t.operators.action },
    ],
    tenants.map(({ id, name, is_first, currency, credit_limit, created_at }) => [
      html`<a href="${PATH}/${id}" class="cut" title="${name}">${name}</a>${when(is_first, () => html` <span class="soft">${t.tenants.first}</span>`)}`,
      html`${currency}`,
      html`${format.money({ amount: credit_limit, currency })}`,
      format.moment(created_at),
      html`<a href="${actingPath('/console', id)}" aria-label="${t.tenants.open}: ${name}">${t.tenants.open}</a>`,
    ]),
    html`<p>${t.tenants.none}</p>`,
  )
}

function newForm(member: Member, filled: Filled): Html {
  const { t } = member
  return html`${problemBox(member, filled.error)}<form method="post" action="${PATH}" class="panel">${csrfField(member)}
<div class="fields">${tenantFields(member, filled)}
${field(member, filled, ['currency', t.tenants.currency], { help: t.tenants.currencyHelp, attributes: html` maxlength="3" required` })}</div>
<p><button class="main">${t.tenants.create}</button></p></form>`
}
