import { readAudit } from '../../audit/read.ts'
import { sandboxCalls, sandboxInbound, sandboxMessages } from '../../calls/sandbox-calls.ts'
import { AppError } from '../../errors.ts'
import { validate } from '../../input/validate.ts'
import { confirm } from '../../verifications/confirm.ts'
import { next } from '../../verifications/next.ts'
import { prove } from '../../verifications/prove.ts'
import { pulse } from '../../verifications/pulse.ts'
import { get } from '../../verifications/read.ts'
import { retry } from '../../verifications/retry.ts'
import { StartInput } from '../../verifications/schemas.ts'
import { start } from '../../verifications/start.ts'
import { say } from '../../words/text.ts'
import { sendNews } from '../live.ts'
import type { Console } from '../mount.ts'
import type { Call, Message } from '../parts/handset.ts'
import { isOver } from '../parts/status.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { beginPage, PHONE, wayOf } from './try-begin.ts'
import { type TrySteps, tryStepsPage } from './try-steps.ts'

/** A newcomer's first page: start a test verification, see the handset ring, enter the code, get a proof. */
export function tryPages(console: Console): void {
  console.page('/console/try', 'read', (member) =>
    beginPage(member, { phone: PHONE, way: 'flash_call' }, null),
  )

  console.form('/console/try', 'verify', async (member, form) => {
    const [special, scenario] = form.text('special').split(' ')
    const phone = special || form.text('phone')
    const way = scenario ?? (form.text('way') || 'flash_call')
    try {
      requireTest(member)
      const { id } = await start(member.context, validate(StartInput, { phone, ...wayOf(way) }, 'body'))
      return redirect(member.c, `/console/try/${id}`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return beginPage(member, { phone, way }, error)
    }
  })

  console.page('/console/try/:id', 'read', async (member) => {
    requireTest(member)
    return stepsPage(member, {})
  })

  console.form('/console/try/:id', 'verify', async (member, form) => {
    requireTest(member)
    const { context, id } = member
    const typed = form.text('code')
    try {
      if (form.has('dial')) return await dial(member)
      if (form.has('again')) await retry(context, { id })
      else if (form.has('next')) await next(context, { id })
      else await confirm(context, { id, code: typed })
      return redirect(member.c, `/console/try/${id}`)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'not_found') throw error
      return stepsPage(member, { error, typed })
    }
  })

  console.page('/console/try/:id/news', 'read', async (member) => {
    const { context, id } = member
    const { phone } = await get(context, { id })
    return sendNews(member, async () => {
      const [{ version, final }, { rang, received }] = await Promise.all([
        pulse(context, { id }),
        onHandset(member, phone),
      ])
      return { version: versionOf(version, rang, received), final }
    })
  })
}

function requireTest({ user }: Member): void {
  if (user.actor.livemode) throw new AppError('insufficient_scope', { detail: say('page_needs_test_key') })
}

/** The phone calls the number that it is shown. */
async function dial(member: Member): Promise<Page> {
  const { context, id } = member
  const { phone, call_to: callTo } = await get(context, { id })
  const call = callTo && (await sandboxInbound(context, { from: phone, to: callTo.number }))
  return stepsPage(member, { dialled: call?.awaited ? 'awaited' : 'in_vain' })
}

/** What the handset received; nothing if the sandbox does not answer. */
async function onHandset({ context }: Member, phone: string) {
  const [calls, messages] = await Promise.all([
    sandboxCalls(context, { phone }).catch(() => null),
    sandboxMessages(context, { phone }).catch(() => null),
  ])
  return { rang: calls?.data ?? [], received: messages?.data ?? [] }
}

function versionOf(events: number, rang: readonly Call[], received: readonly Message[]): string {
  return [events, rang.length + received.length, rang[0]?.status].join('.')
}

/** For ten minutes, and for keys that may verify. */
async function proofOf({ context, id, can }: Member): Promise<string | null> {
  if (!can('verify')) return null
  const proved = await prove(context, { id }).catch((error) => {
    if (error instanceof AppError) return null
    throw error
  })
  return proved?.proof ?? null
}

/** By then the operator has been asked about a call. */
const DIALLED_SECONDS = 4

type Shown = Partial<Pick<TrySteps, 'error' | 'typed' | 'dialled'>>

async function stepsPage(member: Member, shown: Shown): Promise<Page> {
  const { context, id } = member
  // First: what happens between these reads is news to the page.
  const { version: events } = await pulse(context, { id })
  const verification = await get(context, { id })
  const [trail, all, proof] = await Promise.all([
    readAudit(context, { id }),
    onHandset(member, verification.phone),
    verification.status === 'approved' ? proofOf(member) : null,
  ])
  // The phone may have rung for other verifications too.
  const end = verification.completed_at ?? '9999'
  const isOwn = ({ at }: { at: string }) => at >= verification.created_at && at <= end
  const [rang, received] = [all.rang.filter(isOwn), all.received.filter(isOwn)]
  // A reload would interrupt a user who types a code or dials the number.
  const { channel, call_to } = verification
  const acts =
    channel === 'inbound_call' ? call_to !== null && !shown.dialled : rang.length + received.length > 0
  return {
    title: member.t.try.title,
    section: 'try',
    status: shown.error?.status ?? 200,
    scripts: ['live.js'],
    reloadSeconds: isOver(verification) || acts ? undefined : shown.dialled ? DIALLED_SECONDS : 2,
    body: tryStepsPage(member, {
      verification,
      trail,
      version: versionOf(events, all.rang, all.received),
      rang,
      received,
      dialled: null,
      error: null,
      typed: '',
      proof,
      ...shown,
    }),
  }
}
