import { type Html, html, NONE, when } from '../../html/html.ts'
import { failureInWords } from '../../verifications/failure.ts'
import type { Visit } from '../visit.ts'
import type { Tone } from './status.ts'
import { type AuditEvent, type AuditTrail, type Happening, storyOf } from './story.ts'

type Event = AuditEvent

/** What an event means for the verification; `calm` for all others. */
const TONES: Record<string, Tone> = {
  'verification.approved': 'good',
  'verification.delivered': 'good',
  'check.right': 'good',
  'check.wrong': 'warn',
  'verification.denied': 'bad',
  'verification.locked': 'bad',
  'verification.failed': 'bad',
  'verification.expired': 'warn',
  'attempt.rejected': 'bad',
  'attempt.failed': 'bad',
  'attempt.unknown': 'warn',
  'attempt.unclear': 'warn',
}

/** Names of accounts by id; a member without rights to see them has none. */
export type AccountNames = ReadonlyMap<string, string>

/** What happened, a line a thing, each with the time since the start. */
export function timeline(visit: Visit, events: AuditTrail['data'], accounts: AccountNames): Html {
  const { t } = visit
  const start = Date.parse(events[0]?.at ?? '')
  const accountOf = new Map(events.map(({ data }) => [data.attempt, accounts.get(String(data.account))]))
  return html`<ol class="timeline" aria-label="${t.timeline.title}">${storyOf(events).map((happening) => {
    const { main, times } = happening
    const seconds = (Date.parse(main.at) - start) / 1000
    return html`<li class="${TONES[main.type] ?? 'calm'}">
<span class="offset">+${visit.format.duration(seconds, t.units)}</span>
<span class="step"><strong>${eventName(visit, main.type)}</strong>${when(times > 1, () => html` ×${times}`)}${facts(visit, happening, accountOf.get(main.data.attempt))}</span>
</li>`
  })}</ol>`
}

function facts(visit: Visit, { main, others }: Happening, account: string | undefined): Html {
  const all = [
    ...factsOf(visit, main, account),
    ...others
      .filter(({ type }) => type === 'attempt.status')
      .flatMap((event) => factsOf(visit, event, account)),
    ...others.filter(({ type }) => type.startsWith('billing.')).map((event) => amountOf(visit, event)),
  ]
  if (all.length === 0) return NONE
  return html`<span class="soft">${all.map((fact) => html` · ${fact}`)}</span>`
}

function amountOf({ t, format }: Visit, { type, data }: Event): Html {
  const amount = format.money({ amount: String(data.amount), currency: String(data.currency) })
  return html`${(t.events as Record<string, string>)[type] ?? type}: ${amount}`
}

/** The event type in the reader's language; the type itself if this version does not know it. */
export function eventName({ t }: Pick<Visit, 't'>, type: string): string {
  return (t.events as Record<string, string>)[type] ?? type
}

/** Accounts that could not take the call. */
function heldBack(data: Event['data']): { name: string; why: keyof Visit['t']['timeline']['heldBack'] }[] {
  return Array.isArray(data.held_back) ? data.held_back : []
}

/** The facts to see at a glance, operators' words unchanged. The events table has the rest. */
function factsOf({ t, format, language }: Visit, { type, data }: Event, account?: string): Html[] {
  const facts: Html[] = []
  const say = (name: string, show: (value: string) => Html) => {
    const value = data[name]
    if (value !== undefined && value !== null && value !== '') facts.push(show(String(value)))
  }
  const named = (names: Record<string, string>) => (value: string) => html`${names[value] ?? value}`
  if (type.startsWith('step.') || type === 'verification.denied' || type === 'hook.answered')
    say('channel', named(t.channels))
  if (type === 'hook.answered') {
    say('action', named(t.hook.decisions))
    say('reason', (words) => html`${words}`)
    say('failure', (code) => html`<code>${code}</code>`)
    say('milliseconds', (value) => html`${t.hook.took}: ${format.number(Number(value))}`)
  }
  say('provider', (name) => html`<span class="nowrap">${account ?? name}</span>`)
  // The names of other events already tell the outcome.
  if (type === 'attempt.status') say('status', named(t.attempts.statuses))
  say('detail', (words) => html`<span lang="en">${words}</span>`)
  for (const { name, why } of heldBack(data)) {
    facts.push(html`<span class="nowrap">${name}</span>: ${t.timeline.heldBack[why]}`)
  }
  say('rule', named(t.policy.rules))
  if (data.rule === undefined) say('code', (code) => html`${failureInWords(language, code)}`)
  if (data.rule === 'deny_number_types') say('counter', named(t.policy.types))
  else if (/^[\d+]/.test(String(data.threshold))) {
    say('counter', (value) => html`${t.timeline.counter}: ${value}`)
    say('threshold', (value) => html`${t.timeline.threshold}: ${value}`)
  }
  say('checks_left', (value) => html`${t.try.checksLeft(Number(value))}`)
  say('amount', (amount) => html`${format.money({ amount, currency: String(data.currency) })}`)
  return facts
}
