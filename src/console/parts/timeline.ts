import type { readAudit } from '../../audit/read.ts'
import { type Html, html, NONE } from '../../html/html.ts'
import { failureInWords } from '../../verifications/failure.ts'
import type { Visit } from '../visit.ts'
import type { Tone } from './status.ts'

export type AuditTrail = Awaited<ReturnType<typeof readAudit>>
type Event = AuditTrail['data'][number]

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

/** The events as a list of steps, each with the time since the first. */
export function timeline(visit: Visit, events: readonly Event[]): Html {
  const { t } = visit
  const start = Date.parse(events[0]?.at ?? '')
  return html`<ol class="timeline" aria-label="${t.timeline.title}">${events.map((event) => {
    const seconds = (Date.parse(event.at) - start) / 1000
    return html`<li class="${TONES[event.type] ?? 'calm'}">
<span class="offset">+${visit.format.duration(seconds, t.units)}</span>
<span class="step"><strong>${eventName(visit, event.type)}</strong>${facts(visit, event)}</span>
</li>`
  })}</ol>`
}

function facts(visit: Visit, event: Event): Html {
  const all = factsOf(visit, event)
  if (all.length === 0) return NONE
  return html`<span class="soft">${all.map((fact) => html` · ${fact}`)}</span>`
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
function factsOf({ t, format, language }: Visit, { type, data }: Event): Html[] {
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
  say('provider', (name) => html`<span class="nowrap">${name}</span>`)
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
