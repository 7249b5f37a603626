import { requireLive } from '../../access/livemode.ts'
import { readAudit } from '../../audit/read.ts'
import { AppError } from '../../errors.ts'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, NONE, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { getStanding, setStanding } from '../../limits/manage-standings.ts'
import { StandingInput } from '../../limits/standing-schemas.ts'
import { getAccount } from '../../routing/accounts.ts'
import { cancel } from '../../verifications/cancel.ts'
import { failureInWords } from '../../verifications/failure.ts'
import { next } from '../../verifications/next.ts'
import { pulse } from '../../verifications/pulse.ts'
import { get } from '../../verifications/read.ts'
import { retry } from '../../verifications/retry.ts'
import { csrfField } from '../csrf.ts'
import { sendNews } from '../live.ts'
import type { Console } from '../mount.ts'
import { attemptsTable } from '../parts/attempts.ts'
import { callToPanel } from '../parts/call-to.ts'
import { chainBadge } from '../parts/chain.ts'
import { copied, copiedId } from '../parts/copy.ts'
import { deliveriesAbout } from '../parts/deliveries.ts'
import { eventsTable } from '../parts/events.ts'
import { csvOf, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { lanes } from '../parts/lanes.ts'
import { standingRow } from '../parts/standing.ts'
import { isOver, statusBadge } from '../parts/status.ts'
import type { AuditTrail } from '../parts/story.ts'
import { type AccountNames, timeline } from '../parts/timeline.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/verifications'
const EVENTS_FILE = csvTable({
  id: 'plain',
  at: 'plain',
  type: 'plain',
  actor: 'plain',
  request_id: 'text',
  data: 'text',
  hash: 'plain',
  prev_hash: 'plain',
})

/** One verification: as lanes, as a timeline and as stored events. */
export function verificationPages(console: Console): void {
  console.page(`${PATH}/:id`, 'read', (member) => showVerification(member, null))

  console.form(`${PATH}/:id`, 'verify', async (member, form) => {
    const { context, id, c } = member
    try {
      if (form.text('action') === 'cancel') await cancel(context, { id })
      else if (form.text('action') === 'next') await next(context, { id })
      else await retry(context, { id })
      return redirect(c, `${PATH}/${id}`)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'not_found') throw error
      return showVerification(member, error)
    }
  })

  console.form(`${PATH}/:id/standing`, 'admin', async (member, form) => {
    const { context, id, c } = member
    requireLive(context.actor)
    const { phone } = await get(context, { id })
    const { standing } = validate(StandingInput, { standing: form.text('standing') }, 'body')
    await setStanding(context, { phone, standing })
    return redirect(c, `${PATH}/${id}`)
  })

  console.page(`${PATH}/:id/news`, 'read', (member) => {
    const { context, id } = member
    return sendNews(member, async () => {
      const { version, final } = await pulse(context, { id })
      return { version: String(version), final }
    })
  })

  console.page(`${PATH}/:id/events.csv`, 'read', async (member) => {
    const { data } = await readAudit(member.context, member)
    const rows = data.map((event) => ({ ...event, data: JSON.stringify(event.data) }))
    return sendCsv(member, `audit-${member.id}`, csvOf(EVENTS_FILE, rows))
  })
}

async function showVerification(member: Member, error: AppError | null): Promise<Page> {
  const { context, id, t } = member
  // First: what happens between these reads is news to the page.
  const { version } = await pulse(context, { id })
  const verification = await get(context, { id })
  const trail = await readAudit(context, { id })
  const accounts = await accountNames(member, trail.data)
  const waits = !isOver(verification)
  // An erased phone has none.
  const standing =
    member.can('admin') && verification.phone.startsWith('+')
      ? (await getStanding(context, { phone: verification.phone })).standing
      : null
  const live = waits ? html` data-live="${PATH}/${id}/news?seen=${version}"` : ''
  return {
    title: verification.phone,
    section: 'verifications',
    status: error?.status ?? 200,
    scripts: ['live.js'],
    reloadSeconds: waits ? 5 : undefined,
    body: html`<div${live}>
<p class="crumbs"><a href="${PATH}">${t.nav.verifications}</a></p>
<div class="head"><h1 class="number">${copied(member, t.list.phone, html`<span>${verification.phone}</span>`)}</h1><p role="status" data-part="status">${statusBadge(member, verification.status)}</p></div>
${problemBox(member, error)}
<div data-part="facts">${facts(member, verification)}</div>
${when(
  standing,
  (
    each,
  ) => html`<section aria-labelledby="standing"><h2 id="standing">${t.phones.standing}</h2>${standingRow(member, each)}
<p><a href="${withQuery('/console/erasures', { phone: verification.phone })}">${t.phones.erase}</a></p></section>`,
)}
<div data-part="actions" data-state="${verification.status} ${verification.next_channel}">${when(waits && member.can('verify'), () => actions(member, verification))}</div>
<div data-part="call-to">${callToPanel(member, verification)}</div>
<section aria-labelledby="picture"><h2 id="picture">${t.timeline.title}</h2>
<div data-part="timeline">${lanes(member, verification, trail.data)}${timeline(member, trail.data, accounts)}</div></section>
<section aria-labelledby="calls"><h2 id="calls">${t.attempts.title}</h2><div data-part="attempts">${attemptsTable(member, verification.attempts_detail, { events: trail.data, accounts, money: moneyPath(member, verification), isWaiting: waits })}</div></section>
<div data-part="deliveries">${member.can('admin') ? await deliveriesAbout(member, id) : NONE}</div>
<section aria-labelledby="events"><div class="head"><h2 id="events">${t.chain.title} <span data-part="chain">${chainBadge(member, trail.chain)}</span></h2>${exportLink(member, `${PATH}/${id}/events.csv`)}</div>
<p class="soft">${t.chain.help}</p>
<details><summary>${t.chain.show(trail.data.length)}</summary><div data-part="events">${eventsTable(member, trail.data)}</div></details></section></div>`,
  }
}

type Shown = Awaited<ReturnType<typeof get>>

function facts(member: Member, verification: Shown): Html {
  const { t, format, language } = member
  const { id, reference, metadata, failure, checks_left, created_at, expires_at, completed_at } = verification
  const rows: [string, Html][] = [
    [t.facts.id, copiedId(member, id)],
    [t.facts.started, format.moment(created_at)],
    [completed_at ? t.facts.ended : t.facts.expires, format.moment(completed_at ?? expires_at)],
    [t.facts.checksLeft, html`${format.number(checks_left)}`],
  ]
  const { channel, workflow, next_channel, next_at } = verification
  rows.push([t.facts.channel, html`${t.channels[channel]}`])
  if (workflow) {
    const steps = workflow.map((step) => t.channels[step.channel]).join(' → ')
    rows.push([t.facts.workflow, html`${steps}`])
  }
  if (next_channel && next_at)
    rows.push([t.facts.next, html`${t.channels[next_channel]}, ${format.moment(next_at)}`])
  if (reference !== null)
    rows.push([t.facts.reference, copied(member, t.facts.reference, html`<span>${reference}</span>`)])
  if (failure) {
    const text = failureInWords(language, failure.code)
    rows.push([t.facts.failure, html`${text} <code>${failure.code}</code>`])
  }
  for (const [key, value] of Object.entries(metadata ?? {})) rows.push([key, html`${value}`])
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

/** The names of the accounts that the trail mentions, for members who may see the installation's accounts. */
async function accountNames({ context, can }: Member, events: AuditTrail['data']): Promise<AccountNames> {
  const ids = new Set(events.flatMap(({ data }) => (typeof data.account === 'string' ? [data.account] : [])))
  if (!can('admin') || ids.size === 0) return new Map()
  const found = await Promise.all([...ids].map((id) => getAccount(context, { id }).catch(() => null)))
  return new Map(found.flatMap((account) => (account ? [[account.id, account.name] as const] : [])))
}

/** The billing records of the phone on the day of the verification. */
function moneyPath({ can }: Member, { phone, created_at }: Shown): string | null {
  if (!can('billing') || !phone.startsWith('+')) return null
  const day = created_at.slice(0, 10)
  return withQuery('/console/money', { phone, from: day, to: day })
}

function actions(member: Member, { next_channel }: Shown): Html {
  const { t, id } = member
  return html`<form method="post" action="${PATH}/${id}" class="row">${csrfField(member)}
<button name="action" value="retry">${t.facts.retry}</button>
${when(next_channel, (channel) => html`<button name="action" value="next">${t.facts.moveOn(t.channels[channel])}</button>`)}
<button name="action" value="cancel" class="danger">${t.facts.cancel}</button></form>`
}
