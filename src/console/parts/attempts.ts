import { type Html, html, when } from '../../html/html.ts'
import type { Visit } from '../visit.ts'
import { type AttemptRow, attemptBadge } from './status.ts'
import { table } from './table.ts'

/** The calls and messages of a verification. Of the calling number it shows the first digits: the last ones are the code. */
export function attemptsTable(visit: Visit, attempts: readonly AttemptRow[]): Html {
  const { t, format } = visit
  return table(
    t.attempts.title,
    [
      { title: t.attempts.number },
      { title: t.attempts.channel },
      { title: t.attempts.operator },
      { title: t.attempts.status },
      { title: t.attempts.caller },
      { title: t.attempts.placed, roomy: true },
      { title: t.attempts.ended, roomy: true },
      { title: t.attempts.cost, numeric: true },
    ],
    attempts.map((attempt, i) => [
      html`${format.number(i + 1)}`,
      html`<span class="nowrap">${t.channels[attempt.channel]}</span>${when(attempt.carrier, ({ name }) => html`<br><span class="soft">${t.attempts.carrier(name)}</span>`)}`,
      html`<span class="nowrap">${attempt.provider ?? '–'}</span>`,
      attemptBadge(visit, attempt),
      html`<span class="number nowrap">${callerOf(attempt)}</span>`,
      format.moment(attempt.placed_at),
      format.moment(attempt.ended_at),
      html`<span class="nowrap">${format.money(attempt.cost)}</span>`,
    ]),
    html`<p>${t.attempts.none}</p>`,
  )
}

/** The calling number with the hidden digits as dots. */
const callerOf = ({ caller_hint: hint }: AttemptRow): string => hint?.masked ?? '–'
