import type { readAudit } from '../../audit/read.ts'
import { type Html, html, when } from '../html.ts'
import type { Visit } from '../visit.ts'
import type { Tone } from './status.ts'

export type AuditTrail = Awaited<ReturnType<typeof readAudit>>
type Event = AuditTrail['data'][number]

/** What an event means for the verification, by the end of its name. */
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

/** Everything that happened, one step below the other, with the time since the first. */
export function timeline(visit: Visit, events: readonly Event[]): Html {
  const { t } = visit
  const start = Date.parse(events[0]?.at ?? '')
  return html`<ol class="timeline" aria-label="${t.timeline.title}">${events.map((event) => {
    const seconds = (Date.parse(event.at) - start) / 1000
    return html`<li class="${TONES[event.type] ?? 'calm'}">
<span class="offset">+${visit.format.duration(seconds, t.units)}</span>
<span class="step"><strong>${eventName(visit, event.type)}</strong>${when(factsOf(event.data), (facts) => html` <span class="soft">${facts}</span>`)}</span>
</li>`
  })}</ol>`
}

/** In the reader's words; the name itself for what this version does not know. */
export function eventName({ t }: Pick<Visit, 't'>, type: string): string {
  return (t.events as Record<string, string>)[type] ?? type
}

const SHOWN = [
  'provider',
  'status',
  'detail',
  'code',
  'rule',
  'counter',
  'threshold',
  'checks_left',
  'amount',
  'currency',
]

/** What is worth reading at once; the rest is among the raw events. */
function factsOf(data: Record<string, unknown>): string {
  return SHOWN.filter((name) => data[name] !== undefined && data[name] !== null && data[name] !== '')
    .map((name) =>
      name === 'provider' || name === 'detail' || name === 'currency' || name === 'amount'
        ? String(data[name])
        : `${name} ${String(data[name])}`,
    )
    .join(' · ')
}
