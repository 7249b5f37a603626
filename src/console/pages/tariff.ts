import { requireLive } from '../../access/livemode.ts'
import { AppError, invalid } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { csrfField } from '../csrf.ts'
import type { Console } from '../mount.ts'
import { copiedId } from '../parts/copy.ts'
import { type Filled, field } from '../parts/field.ts'
import { ownerName, tariffFields, tariffState } from '../parts/tariff-fields.ts'
import { redirect } from '../response.ts'
import { formOf, tariffChangesIn } from '../tariff-form.ts'
import { TARIFFS, type TariffKind, type TariffView } from '../tariff-kinds.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'
import { accountNames } from './tariffs.ts'

/** One price or cost: its time in force; changing and deleting it. */
export function tariffPages(console: Console, kind: TariffKind): void {
  const { path, get, update, remove } = TARIFFS[kind]

  console.page(`${path}/:id`, 'admin', async (member) => {
    const tariff = await get(member.context, member)
    return showTariff(member, kind, tariff, { form: formOf(tariff), error: null })
  })

  console.form(`${path}/:id`, 'admin', async (member, form) => {
    const { context, c, id } = member
    const tariff = await get(context, { id })
    const isDeletion = form.text('action') === 'delete'
    try {
      requireLive(context.actor)
      if (isDeletion) {
        if (form.text('confirm') !== tariff.prefix) throw invalid('confirm', 'prefix_unconfirmed')
        await remove(context, { id })
        return redirect(c, `${path}?done=deleted`)
      }
      await update(context, { id, changes: tariffChangesIn(form, tariff) })
      return redirect(c, `${path}?done=changed`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showTariff(member, kind, tariff, { form: isDeletion ? formOf(tariff) : form, error })
    }
  })
}

async function showTariff(
  member: Member,
  kind: TariffKind,
  tariff: TariffView,
  filled: Filled,
): Promise<Page> {
  const { t, format, context } = member
  const { path } = TARIFFS[kind]
  const names = kind === 'costs' ? await accountNames(member) : new Map<string, string>()
  return {
    title: `${t.prices.one[kind]} ${tariff.prefix}`,
    section: 'prices',
    status: filled.error?.status ?? 200,
    body: html`<p class="crumbs"><a href="${path}">${t.prices.tabs[kind]}</a></p>
<div class="head"><h1>${t.prices.one[kind]} <span class="number">${tariff.prefix}</span></h1>${tariffState(member, tariff)}</div>
${problemBox(member, filled.error)}
<dl class="facts"><div><dt>${t.facts.id}</dt><dd>${copiedId(member, tariff.id)}</dd></div><div><dt>${t.prices.owner[kind]}</dt><dd>${ownerName(member, tariff, names)}</dd></div>
<div><dt>${t.money.amount}</dt><dd>${format.money(tariff)}</dd></div>
<div><dt>${t.prices.from}</dt><dd>${format.moment(tariff.valid_from)}</dd></div>
<div><dt>${t.prices.until}</dt><dd>${tariff.valid_until ? format.moment(tariff.valid_until) : t.prices.noEnd}</dd></div></dl>
${when(tariff.list === 'default', () => html`<p class="box warn">${t.prices.everyone}</p>`)}
${context.actor.livemode ? forms(member, kind, tariff, filled) : html`<p>${t.prices.liveOnly}</p>`}`,
  }
}

function forms(member: Member, kind: TariffKind, tariff: TariffView, filled: Filled): Html {
  const { t, id } = member
  const action = `${TARIFFS[kind].path}/${id}`
  return html`<section aria-labelledby="change"><h2 id="change">${t.prices.change}</h2><p class="soft">${t.prices.changeHelp[kind]}</p>
<form method="post" action="${action}" class="panel">${csrfField(member)}<div class="fields">${tariffFields(member, kind, filled, false)}</div>
<p><button class="main" name="action" value="save">${t.tenants.save}</button></p></form></section>
<section aria-labelledby="delete"><h2 id="delete">${t.tenants.delete}</h2><p class="soft">${t.prices.deleteHelp[kind]}</p>
<form method="post" action="${action}" class="row">${csrfField(member)}${field(member, filled, ['confirm', t.prices.typePrefix(tariff.prefix)])}
<button class="danger" name="action" value="delete">${t.tenants.delete}</button></form></section>`
}
