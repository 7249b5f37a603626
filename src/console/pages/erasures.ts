import { erasePhone } from '../../erasure/erase.ts'
import { COUNTED_MAX, type ErasurePreview, previewErasure } from '../../erasure/preview.ts'
import { listErasures } from '../../erasure/read.ts'
import { EraseInput, type ErasureView } from '../../erasure/schemas.ts'
import { AppError, invalid } from '../../errors.ts'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { PAGE_MAX } from '../../values/pages.ts'
import { parsePhone } from '../../values/phone.ts'
import { csrfField } from '../csrf.ts'
import { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { csvOfList, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { type Filled, field } from '../parts/field.ts'
import { phoneTabs } from '../parts/phone-tabs.ts'
import { badge } from '../parts/status.ts'
import { PAGE_LENGTH, table } from '../parts/table.ts'
import { redirect } from '../response.ts'
import type { Member, Page, Visit } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/erasures'
const FILE = csvTable({
  id: 'plain',
  kind: 'plain',
  status: 'plain',
  pseudonym: 'plain',
  actor: 'plain',
  requested_at: 'plain',
  completed_at: 'plain',
  verifications: 'plain',
  cancelled: 'plain',
})

type Shown = Filled & { preview: ErasurePreview | null }

/** Erasing a phone, and the list of erasures. */
export function erasuresPages(console: Console): void {
  console.page(PATH, 'admin', (member) => {
    const form = new Form(new URLSearchParams({ phone: member.query.phone ?? '' }))
    return showErasures(member, { form, error: null, preview: null })
  })

  console.form(PATH, 'admin', async (member, form) => {
    const { context, c } = member
    let preview: ErasurePreview | null = null
    try {
      const { phone } = validate(EraseInput, { phone: form.text('phone') }, 'body')
      preview = await previewErasure(context, { phone })
      if (form.text('action') !== 'erase')
        return await showErasures(member, { form: new Form(), error: null, preview })
      const again = parsePhone(form.text('confirm'), context.actor.defaultRegion)
      if (again?.e164 !== preview.phone) throw invalid('confirm', 'phone_unconfirmed')
      const erasure = await erasePhone(context, { phone: preview.phone })
      return redirect(c, `${PATH}/${erasure.id}`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showErasures(member, { form, error, preview })
    }
  })

  console.page(`${PATH}.csv`, 'admin', (member) => {
    const lines = csvOfList(
      FILE,
      (cursor) => listErasures(member.context, { limit: PAGE_MAX, cursor }),
      (row) => row,
    )
    return sendCsv(member, 'erasures', lines)
  })
}

export const erasureBadge = ({ t }: Visit, { status }: Pick<ErasureView, 'status'>): Html =>
  badge(status === 'done' ? 'good' : 'busy', t.erasures.statuses[status])

async function showErasures(member: Member, { preview, ...filled }: Shown): Promise<Page> {
  const { t, context, format, query } = member
  const page = await listErasures(context, { limit: PAGE_LENGTH, cursor: query.cursor || undefined })
  return {
    title: t.erasures.title,
    section: 'phones',
    status: filled.error?.status ?? 200,
    body: html`<div class="head"><h1>${t.erasures.title}</h1>${exportLink(member, `${PATH}.csv`)}</div>${phoneTabs(member, 'erasures')}
<p class="lead">${t.erasures.intro}</p>${when(!context.actor.livemode, () => html`<p>${t.erasures.testOnly}</p>`)}
${problemBox(member, filled.error)}
${preview ? confirmation(member, preview, filled) : phoneForm(member, filled)}
<section aria-labelledby="list"><h2 id="list">${t.erasures.list}</h2>${table(
      t.erasures.list,
      [
        { title: t.erasures.requestedAt },
        { title: t.erasures.kind },
        { title: t.list.status },
        { title: t.erasures.verifications, numeric: true },
        { title: t.erasures.actor, roomy: true },
      ],
      page.data.map((erasure) => [
        html`<a href="${PATH}/${erasure.id}">${format.moment(erasure.requested_at)}</a>`,
        html`${t.erasures.kinds[erasure.kind]}`,
        erasureBadge(member, erasure),
        html`${format.number(erasure.verifications)}`,
        html`<code class="cut" title="${erasure.actor}">${erasure.actor}</code>`,
      ]),
      html`<p>${t.erasures.none}</p>`,
    )}</section>
<nav class="pager" aria-label="${t.table.pages}">${when(page.next_cursor, (cursor) => html`<a class="button" href="${withQuery(PATH, { cursor })}">${t.table.older}</a>`)}</nav>`,
  }
}

function phoneForm(member: Member, filled: Filled): Html {
  const { t } = member
  const attributes = html` type="tel" placeholder="+79243555100" required`
  return html`<form method="post" action="${PATH}" class="row">${csrfField(member)}${field(member, filled, ['phone', t.list.phone], { attributes })}
<button name="action" value="preview">${t.erasures.preview}</button></form>`
}

/** What would be erased. The phone must be typed again: a mistyped one cannot be brought back. */
function confirmation(member: Member, { phone, verifications, live }: ErasurePreview, filled: Filled): Html {
  const { t, format } = member
  const count = `${format.number(verifications)}${verifications === COUNTED_MAX ? '+' : ''}`
  return html`<section class="box warn" aria-labelledby="sure"><h2 id="sure">${t.erasures.sure(phone)}</h2>
<ul><li>${t.erasures.willErase(count)}</li>${when(live > 0, () => html`<li>${t.erasures.willCancel(format.number(live))}</li>`)}
<li>${t.erasures.erased}</li><li>${t.erasures.stays}</li><li>${t.erasures.forGood}</li></ul>
<form method="post" action="${PATH}" class="row">${csrfField(member)}<input type="hidden" name="phone" value="${phone}">
${field(member, filled, ['confirm', t.erasures.again], { attributes: html` type="tel" required` })}
<button class="danger" name="action" value="erase">${t.erasures.erase}</button> <a class="button" href="${PATH}">${t.policy.discard}</a></form></section>`
}
