import { getCertificate, getErasure } from '../../erasure/read.ts'
import type { ErasureView } from '../../erasure/schemas.ts'
import { sendText } from '../../exchange/send.ts'
import { type Html, html, when } from '../../html/html.ts'
import type { Console } from '../mount.ts'
import { copied, copiedId, copiedLines } from '../parts/copy.ts'
import { printButton } from '../parts/print-button.ts'
import type { Member } from '../visit.ts'
import { erasureBadge } from './erasures.ts'

const LIST = '/console/erasures'
const PATH = `${LIST}/:id`

/** One erasure with its certificate, as a page to print and as files. */
export function erasurePages(console: Console): void {
  console.page(PATH, 'admin', async (member) => {
    const { t, user, format } = member
    const erasure = await getErasure(member.context, member)
    return {
      title: t.erasures.certificate,
      section: 'phones',
      scripts: ['print.js'],
      reloadSeconds: erasure.status === 'pending' ? 5 : undefined,
      body: html`<p class="crumbs"><a href="${LIST}">${t.erasures.title}</a></p>
<div class="head"><h1>${t.erasures.certificate}</h1>${erasureBadge(member, erasure)}</div>
<dl class="facts"><div><dt>${t.facts.id}</dt><dd>${copiedId(member, erasure.id)}</dd></div><div><dt>${t.erasures.tenant}</dt><dd>${user.tenantName}</dd></div>
<div><dt>${t.erasures.kind}</dt><dd>${t.erasures.kinds[erasure.kind]}</dd></div>
<div><dt>${t.keys.mode}</dt><dd>${erasure.livemode ? t.shell.live : t.shell.test}</dd></div>
${when(erasure.pseudonym, (name) => html`<div><dt>${t.erasures.pseudonym}</dt><dd><code>${name}</code></dd></div>`)}
<div><dt>${t.erasures.actor}</dt><dd><code>${erasure.actor}</code></dd></div>
<div><dt>${t.erasures.requestedAt}</dt><dd>${format.moment(erasure.requested_at)}</dd></div>
<div><dt>${t.erasures.completedAt}</dt><dd>${format.moment(erasure.completed_at)}</dd></div>
<div><dt>${t.erasures.verifications}</dt><dd>${format.number(erasure.verifications)}</dd></div>
<div><dt>${t.erasures.cancelled}</dt><dd>${format.number(erasure.cancelled)}</dd></div></dl>
${erasure.certificate ? proof(member, erasure) : html`<p class="box" role="status">${t.erasures.pending}</p>`}`,
    }
  })

  console.page(`${PATH}/erasure.json`, 'admin', async ({ context, c, id }) => {
    const erasure = await getErasure(context, { id })
    return sendText(c, 200, attached(`${id}.json`, 'application/json'), JSON.stringify(erasure, null, 2))
  })

  console.page(`${PATH}/certificate.jws`, 'admin', async ({ context, c, id }) => {
    const certificate = await getCertificate(context, { id })
    return sendText(c, 200, attached(`${id}.jws`, 'application/jose'), certificate)
  })
}

const attached = (name: string, type: string) => ({
  'content-type': type,
  'content-disposition': `attachment; filename="${name}"`,
})

function proof(member: Member, { certificate, statement }: ErasureView): Html {
  const { t, id } = member
  const told = statement as Record<'fields' | 'event' | 'event_hash' | 'started_before', unknown> | null
  const fields = (Array.isArray(told?.fields) ? told.fields : []).map(String)
  return html`<section aria-labelledby="what"><h2 id="what">${t.erasures.what}</h2>
<p>${t.erasures.erasedFields} ${fields.map((name, i) => html`${i > 0 ? ', ' : ''}<code>${name}</code>`)}.</p>
<p>${t.erasures.startedBefore} ${member.format.moment(String(told?.started_before ?? ''))}.</p><p>${t.erasures.stays}</p></section>
<section aria-labelledby="proof"><h2 id="proof">${t.erasures.proof}</h2><p>${t.erasures.proofHelp}</p>
<dl class="facts"><div><dt>${t.chain.event}</dt><dd>${copied(member, t.chain.event, html`<code>${String(told?.event ?? '')}</code>`)}</dd></div><div><dt>${t.chain.hash}</dt><dd>${copied(member, t.chain.hash, html`<code>${String(told?.event_hash ?? '')}</code>`)}</dd></div></dl>
${copiedLines(member, t.erasures.certificate, 'proof', certificate ?? '')}
<p class="row">${printButton(member)}<a class="button" href="${LIST}/${id}/erasure.json" download>${t.erasures.json}</a> <a class="button" href="${LIST}/${id}/certificate.jws" download>${t.erasures.jws}</a></p></section>`
}
