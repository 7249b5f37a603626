import { requireLive } from '../../access/livemode.ts'
import { getBalance } from '../../billing/balance.ts'
import type { BalanceView } from '../../billing/schemas.ts'
import { AppError, invalid } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { type TenantView, UpdateTenantInput } from '../../tenants/schemas.ts'
import { deleteTenant, getTenant, updateTenant } from '../../tenants/tenants.ts'
import { parseId, publicId } from '../../values/ids.ts'
import { actingPath } from '../acting.ts'
import { csrfField } from '../csrf.ts'
import { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { balanceFigures } from '../parts/balance.ts'
import { copiedId } from '../parts/copy.ts'
import { type Filled, field } from '../parts/field.ts'
import { originsIn, tenantFields } from '../parts/tenant-fields.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const LIST = '/console/tenants'
const PATH = `${LIST}/:id`

/** One tenant: its balance and settings; deleting it. */
export function tenantPages(console: Console): void {
  console.page(PATH, 'admin', async (member) => {
    const tenant = await getTenant(member.context, member)
    return showTenant(member, tenant, { form: formOf(tenant), error: null })
  })

  console.form(PATH, 'admin', async (member, form) => {
    const { context, c, id } = member
    const tenant = await getTenant(context, { id })
    try {
      requireLive(context.actor)
      if (form.text('action') === 'delete') {
        if (form.text('confirm') !== tenant.name) throw invalid('confirm', 'name_unconfirmed')
        await deleteTenant(context, { id })
        // Not for the tenant in the address: it may be the deleted one.
        return redirect(c, actingPath(`${LIST}?deleted=1`, member.tenants[0]?.id ?? ''))
      }
      await updateTenant(context, { id, changes: validate(UpdateTenantInput, toChanges(form), 'body') })
      return redirect(c, `${LIST}/${id}?saved=1`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const isDeletion = form.text('action') === 'delete'
      return showTenant(member, tenant, { form: isDeletion ? formOf(tenant) : form, error })
    }
  })
}

function formOf({ name, default_region, credit_limit, retention_days, allowed_origins }: TenantView): Form {
  const fields = { name, default_region: default_region ?? '', credit_limit }
  const lists = { retention_days: String(retention_days), allowed_origins: allowed_origins.join(' ') }
  return new Form(new URLSearchParams({ ...fields, ...lists }))
}

const toChanges = (form: Form) => ({
  name: form.text('name'),
  default_region: form.text('default_region').toUpperCase() || null,
  credit_limit: form.text('credit_limit'),
  retention_days: Number(form.text('retention_days') || Number.NaN),
  allowed_origins: originsIn(form),
})

/** The balance of a tenant other than the one that the user acts for. */
async function balanceOf({ context, user }: Member, { id }: TenantView): Promise<BalanceView> {
  const tenantId = parseId('tenant', id) ?? context.actor.tenantId
  return getBalance({ ...context, actor: { ...user.actor, tenantId } })
}

async function showTenant(member: Member, tenant: TenantView, filled: Filled): Promise<Page> {
  const { t, format, id, query, context } = member
  const isLive = context.actor.livemode
  const isShown = id === publicId('tenant', context.actor.tenantId)
  return {
    title: tenant.name,
    section: 'tenants',
    status: filled.error?.status ?? 200,
    body: html`<p class="crumbs"><a href="${LIST}">${t.nav.tenants}</a></p>
<div class="head"><h1>${tenant.name}</h1>${when(!isShown, () => html`<a class="button" href="${actingPath('/console', id)}">${t.tenants.act}</a>`)}</div>
${when(query.created && !filled.error, () => html`<p class="box good" role="status">${t.tenants.created} <a href="${actingPath('/console/keys', id)}">${t.keys.create}</a></p>`)}
${when(query.saved && !filled.error, () => html`<p class="box good" role="status">${t.tenants.saved}</p>`)}
${problemBox(member, filled.error)}
${balanceFigures(member, await balanceOf(member, tenant))}
<dl class="facts"><div><dt>${t.facts.id}</dt><dd>${copiedId(member, tenant.id)}</dd></div><div><dt>${t.tenants.currency}</dt><dd>${tenant.currency}</dd></div>
<div><dt>${t.tenants.createdAt}</dt><dd>${format.moment(tenant.created_at)}</dd></div></dl>
${isLive ? forms(member, tenant, filled) : html`<p>${t.tenants.liveOnly}</p>`}`,
  }
}

function forms(member: Member, tenant: TenantView, filled: Filled): Html {
  const { t, id } = member
  const action = `${LIST}/${id}`
  return html`<section aria-labelledby="change"><h2 id="change">${t.tenants.change}</h2>
<form method="post" action="${action}" class="panel">${csrfField(member)}<div class="fields">${tenantFields(member, filled)}</div>
<p><button class="main" name="action" value="save">${t.tenants.save}</button></p></form></section>
${when(
  !tenant.is_first,
  () => html`<section aria-labelledby="delete"><h2 id="delete">${t.tenants.delete}</h2><p class="soft">${t.tenants.deleteHelp}</p>
<form method="post" action="${action}" class="row">${csrfField(member)}
${field(member, filled, ['confirm', t.tenants.typeName(tenant.name)])}<button class="danger" name="action" value="delete">${t.tenants.delete}</button></form></section>`,
)}`
}
