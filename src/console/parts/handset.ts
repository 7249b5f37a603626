import type { sandboxCalls, sandboxMessages } from '../../calls/sandbox-calls.ts'
import { type Html, html, NONE, when } from '../../html/html.ts'
import type { get } from '../../verifications/read.ts'
import { csrfField } from '../csrf.ts'
import type { Visit } from '../visit.ts'
import { isOver } from './status.ts'

export type Call = Awaited<ReturnType<typeof sandboxCalls>>['data'][number]
export type Message = Awaited<ReturnType<typeof sandboxMessages>>['data'][number]

export type Handset = {
  verification: Awaited<ReturnType<typeof get>>
  /** Newest first. */
  rang: readonly Call[]
  /** Newest first. */
  received: readonly Message[]
  /** Whether the handset has just called, and an operator waited for it. */
  dialled: 'awaited' | 'in_vain' | null
}

type CallTo = Handset['verification']['call_to']
type Item = { at: string; call?: Call; message?: Message }

const RECEIVER = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6.6 2.8 9 2.3l2.2 5-2 1.7a12 12 0 0 0 5.8 5.8l1.7-2 5 2.2-.5 2.4a3 3 0 0 1-3 2.4A16.4 16.4 0 0 1 4.2 5.8a3 3 0 0 1 2.4-3z"/></svg>`
const KEYS = [...'123456789*0#']

/** The screen of the drawn phone: the dialler, or what arrived last, below a notice for each earlier arrival. */
export function handsetScreen(visit: Visit, handset: Handset): Html {
  const { format } = visit
  const { verification } = handset
  const items = arrivals(handset)
  const { app, notices } = screenOf(visit, handset, items)
  const time = format.hour(items[0]?.at ?? verification.created_at)
  return html`<div class="status-bar" aria-hidden="true"><span>${time}</span><svg viewBox="0 0 46 12"><path class="bars" d="M0 8h3v4H0zM4.500 5.500h3V12h-3zM9 3h3v9H9zM13.500 0h3v12h-3z"/><rect class="cell" x="24.500" y="1.500" width="18" height="9" rx="2.500"/><path class="charge" d="M26 3h12v6H26zM44 4.500h1.500v3H44z"/></svg></div>
${when(notices.length > 0, () => html`<ul class="notices">${notices.map((item) => notice(visit, item))}</ul>`)}
${app}<div class="home-bar" aria-hidden="true"></div>`
}

/** Newest first. */
function arrivals({ rang, received }: Handset): Item[] {
  return [
    ...rang.map((call): Item => ({ at: call.at, call })),
    ...received.map((message): Item => ({ at: message.at, message })),
  ].sort((a, b) => (a.at < b.at ? 1 : -1))
}

function screenOf(visit: Visit, handset: Handset, items: Item[]): { app: Html; notices: Item[] } {
  const { verification, dialled } = handset
  const { call_to: callTo } = verification
  const inbound = verification.channel === 'inbound_call'
  if (inbound && verification.status === 'approved') return { app: recognised(visit), notices: items }
  if (inbound && dialled === 'awaited' && !isOver(verification))
    return { app: dialling(visit, callTo), notices: items }
  if (inbound && callTo) return { app: dialler(visit, handset, callTo), notices: items }
  const [last, ...earlier] = items
  if (last?.call) return { app: ring(visit, handset, last.call), notices: earlier }
  if (last?.message) {
    const { channel } = last.message
    const isSame = ({ message }: Item) => message?.channel === channel
    const thread = items.filter(isSame).reverse()
    return { app: messages(visit, handset, thread), notices: items.filter((item) => !isSame(item)) }
  }
  return { app: idle(visit, handset), notices: [] }
}

function notice({ t, format }: Visit, { at, call, message }: Item): Html {
  const what = call
    ? html`<strong>${callName({ t }, call)}</strong> <span class="nowrap">${spaced(call.from)}</span>`
    : html`<strong>${message?.from}</strong> ${message?.text}`
  return html`<li><span>${what}</span> <span class="soft">${format.clock(at)}</span></li>`
}

function idle({ t, format }: Visit, { verification }: Handset): Html {
  const { channel, created_at: at } = verification
  const texts = t.try.byChannel[channel]
  return html`<div class="app idle"><p class="clock" aria-hidden="true">${format.hour(at)}</p>
<p class="soft">${isOver(verification) ? texts.silent : texts.waiting}</p></div>`
}

/** An incoming call: the end of the number is the code. */
function ring(visit: Visit, { verification }: Handset, call: Call): Html {
  const { t, format } = visit
  // Only while the current channel is a call does the length belong to it.
  const length = verification.channel === 'flash_call' ? (verification.code_length ?? 4) : 0
  const cut = call.from.length - length
  return html`<div class="app ring${isOver(verification) ? '' : ' new'}${call.status === 'ringing' ? '' : ' missed'}"><p class="soft">${callName(visit, call)} · ${format.clock(call.at)}</p>
<div class="face" aria-hidden="true">${RECEIVER}</div>
<p class="caller"><span>${spaced(call.from.slice(0, cut))}</span>${when(length > 0, () => html`<strong>${call.from.slice(cut)}</strong>`)}</p>
${when(length > 0, () => html`<p class="soft">${t.try.lastDigits(length)}</p>`)}
<div class="answers" aria-hidden="true"><span class="hang-up">${RECEIVER}</span><span class="pick-up">${RECEIVER}</span></div></div>`
}

function messages({ t, format }: Visit, { verification }: Handset, thread: readonly Item[]): Html {
  const [first] = thread
  const length = verification.code_length ?? 4
  return html`<div class="app thread"><p class="sender"><span class="face" aria-hidden="true">${[...(first?.message?.from ?? '')][0]}</span>${first?.message?.from}<span class="soft">${first?.message && t.channels[first.message.channel]}</span></p>
${thread.map(
  ({ at, message }, i) =>
    html`<div class="bubble${i === thread.length - 1 && !isOver(verification) ? ' new' : ''}"><p class="caller text">${marked(message?.text ?? '', length)}</p></div><p class="soft sent">${format.clock(at)}</p>`,
)}</div>`
}

/** The text with its code in bold. */
function marked(text: string, length: number): Html {
  const [code] = new RegExp(`(?<!\\d)\\d{${length}}(?!\\d)`).exec(text) ?? []
  if (!code) return html`${text}`
  const at = text.indexOf(code)
  return html`${text.slice(0, at)}<strong>${code}</strong>${text.slice(at + code.length)}`
}

function dialler(visit: Visit, { verification }: Handset, { display }: NonNullable<CallTo>): Html {
  const { t } = visit
  const call = isOver(verification)
    ? NONE
    : html`<button id="dial" class="pick-up" name="dial" value="1">${RECEIVER}<span class="hidden">${t.try.dial(display)}</span></button>`
  return html`<form class="app dialler" method="post" action="/console/try/${verification.id}">${csrfField(visit)}<p class="soft">${t.try.dialThis}</p>
<p class="caller">${display}</p>
<div class="keys" aria-hidden="true">${KEYS.map((key) => html`<span>${key}</span>`)}</div>${call}</form>`
}

const dialling = ({ t }: Visit, callTo: CallTo): Html =>
  html`<div class="app ring new"><p class="soft">${t.try.dialling}</p><div class="face" aria-hidden="true">${RECEIVER}</div><p class="caller">${callTo?.display}</p></div>`

const recognised = ({ t }: Visit): Html =>
  html`<div class="app ring"><div class="face good" aria-hidden="true">✓</div><p>${t.try.recognised}</p></div>`

function callName({ t }: Pick<Visit, 't'>, { status }: Call): string {
  return status === 'ringing' ? t.try.incoming : t.try.missed
}

/** `+7 495 1234567`; other numbers as they are. */
const spaced = (number: string) => number.replace(/^\+7(\d{3})(?=\d)/, '+7 $1 ')
