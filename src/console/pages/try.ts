import { readAudit } from '../../audit/read.ts'
import { sandboxCalls, sandboxMessages } from '../../calls/sandbox-calls.ts'
import { CHANNELS, type Channel } from '../../channels/channels.ts'
import { AppError } from '../../errors.ts'
import { html } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { confirm } from '../../verifications/confirm.ts'
import { pulse } from '../../verifications/pulse.ts'
import { get } from '../../verifications/read.ts'
import { retry } from '../../verifications/retry.ts'
import { StartInput } from '../../verifications/schemas.ts'
import { start } from '../../verifications/start.ts'
import { inWords, say } from '../../words/text.ts'
import { csrfField } from '../csrf.ts'
import { sendNews } from '../live.ts'
import type { Console } from '../mount.ts'
import { isOver } from '../parts/status.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'
import { tryStepsPage } from './try-steps.ts'

const PHONE = '+79243555100'
const SPECIAL_PHONES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12].map(
  (last) => `+790000000${String(last).padStart(2, '0')}`,
)

/** A newcomer's first page: start a test verification, see the handset ring, enter the code, get a proof. */
export function tryPages(console: Console): void {
  console.page('/console/try', 'read', (member) => beginPage(member, PHONE, null))

  console.form('/console/try', 'verify', async (member, form) => {
    const phone = form.text('special') || form.text('phone')
    try {
      requireTest(member)
      const channel = form.text('channel') || 'flash_call'
      const { id } = await start(member.context, validate(StartInput, { phone, channel }, 'body'))
      return redirect(member.c, `/console/try/${id}`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return beginPage(member, phone, error)
    }
  })

  console.page('/console/try/:id', 'read', async (member) => {
    requireTest(member)
    return stepsPage(member, { error: null, typed: '', proof: null })
  })

  console.form('/console/try/:id', 'verify', async (member, form) => {
    requireTest(member)
    const { context, id } = member
    const typed = form.text('code')
    try {
      if (form.has('again')) {
        await retry(context, { id })
        return redirect(member.c, `/console/try/${id}`)
      }
      const { proof } = await confirm(context, { id, code: typed })
      return await stepsPage(member, { error: null, typed, proof })
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'not_found') throw error
      return stepsPage(member, { error, typed, proof: null })
    }
  })

  console.page('/console/try/:id/news', 'read', async (member) => {
    const { context, id } = member
    const { phone } = await get(context, { id })
    return sendNews(member, async () => {
      const [{ version, final }, calls, messages] = await Promise.all([
        pulse(context, { id }),
        sandboxCalls(context, { phone }),
        sandboxMessages(context, { phone }),
      ])
      return { version: `${version}.${calls.data.length + messages.data.length}`, final }
    })
  })
}

function requireTest({ user }: Member): void {
  if (user.actor.livemode) throw new AppError('insufficient_scope', { detail: say('page_needs_test_key') })
}

async function stepsPage(
  member: Member,
  shown: { error: AppError | null; typed: string; proof: string | null },
): Promise<Page> {
  const { context, id } = member
  const verification = await get(context, { id })
  const [trail, calls, messages] = await Promise.all([
    readAudit(context, { id }),
    sandboxCalls(context, { phone: verification.phone }).catch(() => null),
    sandboxMessages(context, { phone: verification.phone }).catch(() => null),
  ])
  // The phone may have rung for other verifications too.
  const end = verification.completed_at ?? '9999'
  const isOwn = ({ at }: { at: string }) => at >= verification.created_at && at <= end
  const rang = calls?.data.filter(isOwn) ?? []
  const received = messages?.data.filter(isOwn) ?? []
  const waits = !isOver(verification)
  return {
    title: member.t.try.title,
    section: 'try',
    status: shown.error?.status ?? 200,
    scripts: ['live.js'],
    // Once the phone was reached the user is typing: a reload would interrupt.
    reloadSeconds: waits && rang.length + received.length === 0 ? 2 : undefined,
    body: tryStepsPage(member, { verification, trail, rang, received, ...shown }),
  }
}

/** The channels that a simulated operator has. */
function channelsOf({ context: { providers } }: Member): Channel[] {
  const all = Object.values(providers).map(
    ({ capabilities, settings }) => capabilities(settings.parse({})).channels,
  )
  return CHANNELS.filter((channel) => all.some((channels) => channels[channel]))
}

function beginPage(member: Member, phone: string, error: AppError | null): Page {
  const { t, user, can, language } = member
  const title = t.try.title
  if (user.actor.livemode || !can('verify')) {
    const why = user.actor.livemode ? say('page_needs_test_key') : say('scope_needed', { scope: 'verify' })
    return {
      title,
      section: 'try',
      body: html`<h1>${title}</h1><div class="empty"><p>${inWords(language, why)}</p></div>`,
    }
  }
  return {
    title,
    section: 'try',
    status: error?.status ?? 200,
    body: html`<h1>${title}</h1>
<p class="lead">${t.try.intro}</p>
${problemBox(member, error)}
<form method="post" action="/console/try">${csrfField(member)}
<div class="row"><div class="field"><label for="phone">${t.try.phone}</label>
<input id="phone" name="phone" type="tel" value="${phone}" required autocomplete="off" class="big"></div>
<div class="field"><label for="channel">${t.attempts.channel}</label><select id="channel" name="channel">${channelsOf(member).map((channel) => html`<option value="${channel}">${t.channels[channel]}</option>`)}</select></div>
<button class="main">${t.try.call}</button></div>
<h2 id="specials">${t.try.specials}</h2>
<p class="soft">${t.try.specialsHelp}</p>
<ul class="chips" aria-labelledby="specials">${SPECIAL_PHONES.map(
      (special, i) =>
        html`<li><button name="special" value="${special}" formnovalidate><span class="number">${special}</span> <span class="soft">${t.try.specialPhones[i]}</span></button></li>`,
    )}</ul></form>`,
  }
}
