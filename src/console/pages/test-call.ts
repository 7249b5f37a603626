import { requireLive } from '../../access/livemode.ts'
import { CHANNELS } from '../../channels/channels.ts'
import { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { healthOf } from '../../routing/account-verbs.ts'
import { getAccount } from '../../routing/accounts.ts'
import { accountsAsked, previewCall } from '../../routing/test-call.ts'
import { isActive } from '../../values/statuses.ts'
import { confirm } from '../../verifications/confirm.ts'
import { failureInWords } from '../../verifications/failure.ts'
import { pulse } from '../../verifications/pulse.ts'
import { get } from '../../verifications/read.ts'
import { StartInput } from '../../verifications/schemas.ts'
import { start } from '../../verifications/start.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { callToPanel } from '../parts/call-to.ts'
import { isOver, statusBadge } from '../parts/status.ts'
import { callPreview, testCallForm } from '../parts/test-call.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/operators'
const CALLS = '/console/test-calls'

/** A live call to one's own phone: what it will cost, then its course and a field for the code. */
export function testCallPages(console: Console): void {
  console.form(`${PATH}/:id/call`, 'admin', async (member, form) => {
    try {
      requireLive(member.context.actor)
      if (!member.can('verify')) throw new AppError('insufficient_scope')
      if (form.text('action') !== 'call') return await previewPage(member, form)
      const { phone, channel } = { phone: form.text('phone'), channel: form.text('channel') }
      const input = validate(StartInput, { phone, channel, reference: 'test call' }, 'body')
      return redirect(member.c, `${CALLS}/${(await start(member.context, input)).id}?account=${member.id}`)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'not_found') throw error
      return refusedPage(member, form, error)
    }
  })

  console.page(`${CALLS}/:id`, 'admin', (member) => showCall(member, null))

  console.form(`${CALLS}/:id`, 'verify', async (member, form) => {
    try {
      await confirm(member.context, { id: member.id, code: form.text('code') })
      return redirect(member.c, `${CALLS}/${member.id}`)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'not_found') throw error
      return showCall(member, error)
    }
  })
}

async function previewPage(member: Member, form: Form): Promise<Page> {
  const { t, context, id, format } = member
  const { name } = await getAccount(context, { id })
  const channel = CHANNELS.find((known) => known === form.text('channel')) ?? 'flash_call'
  const preview = await previewCall(context, { phone: form.text('phone'), channel })
  const { balance } = await healthOf(context, { id })
  const cost = balance.call_price && `${format.money(balance.call_price)}`
  return {
    title: t.testCall.title,
    section: 'operators',
    body: html`${crumbs(member, id, name)}<h1>${t.testCall.title}</h1>
${callPreview(member, { id, name, cost }, preview, channel)}`,
  }
}

async function refusedPage(member: Member, form: Form, error: AppError): Promise<Page> {
  const { t, context, id } = member
  const account = await getAccount(context, { id })
  return {
    title: t.testCall.title,
    section: 'operators',
    status: error.status,
    body: html`${crumbs(member, id, account.name)}${problemBox(member, error)}${testCallForm(member, account, { isRouted: true, form, error })}`,
  }
}

const crumbs = ({ t }: Member, id: string, name: string): Html =>
  html`<p class="crumbs"><a href="${PATH}">${t.nav.operators}</a> › <a href="${PATH}/${id}">${name}</a></p>`

async function showCall(member: Member, error: AppError | null): Promise<Page> {
  const { context, id, t, query } = member
  const { version } = await pulse(context, { id })
  const [verification, accounts] = await Promise.all([get(context, { id }), accountsAsked(context, { id })])
  const { status, channel, phone, failure } = verification
  const over = isOver(verification)
  const live = over ? '' : html` data-live="/console/verifications/${id}/news?seen=${version}"`
  const now = isActive(status) ? t.try.byChannel[channel][status] : t.try.now[status]
  return {
    title: t.testCall.title,
    section: 'operators',
    status: error?.status ?? 200,
    scripts: ['live.js'],
    reloadSeconds: over ? undefined : 5,
    body: html`<div${live}>
<p class="crumbs"><a href="${PATH}">${t.nav.operators}</a></p>
<h1>${t.testCall.title}: <span class="nowrap">${phone}</span></h1>
<p role="status" data-part="status">${statusBadge(member, status)} ${now}</p>
${problemBox(member, error)}
<div data-part="result">${when(status === 'approved', () => html`<p class="box good">${t.testCall.approved}</p>`)}${when(failure, ({ code }) => html`<p class="box bad">${failureInWords(member.language, code)}</p>`)}</div>
<dl class="facts" data-part="facts"><div><dt>${t.testCall.channel}</dt><dd>${t.channels[channel]}</dd></div><div><dt>${t.testCall.placedBy}</dt><dd>${accounts.join(' → ') || t.testCall.notYet}</dd></div></dl>
<div data-part="call-to">${callToPanel(member, verification)}</div>
<div data-part="code" data-state="${over ? 'over' : verification.code_lengths.join()}">${codeForm(member, verification)}</div>
<p><a href="/console/verifications/${id}">${t.try.details}</a>${when(query.account, (account) => html` · <a href="${PATH}/${account}#test-call">${t.testCall.again}</a>`)}</p></div>`,
  }
}

function codeForm(member: Member, verification: Awaited<ReturnType<typeof get>>): Html {
  const { t, id } = member
  const { channel, code_lengths, code_length, checks_left } = verification
  return html`${when(
    !isOver(verification) && code_lengths.length > 0,
    () => html`<form method="post" action="${CALLS}/${id}" class="row">${csrfField(member)}
<div class="field"><label for="code">${t.try.byChannel[channel].code(code_length ?? 4)}</label><input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required class="big code" aria-describedby="checks-left"></div>
<button class="main">${t.try.check}</button></form><p id="checks-left" class="soft">${t.try.checksLeft(checks_left)}</p>`,
  )}`
}
