import { type Html, html, when } from '../../html/html.ts'
import type { Visit } from '../visit.ts'
import { priceOf } from './prices.ts'
import { skeleton } from './skeleton.ts'
import { type AttemptRow, attemptBadge } from './status.ts'
import type { AuditTrail } from './story.ts'
import { table } from './table.ts'
import type { AccountNames } from './timeline.ts'

type Context = {
  events: AuditTrail['data']
  accounts: AccountNames
  money: string | null
  isWaiting: boolean
}

/**
 * The calls and messages of a verification. `money`: the billing records of the
 * phone, for members who may see them. `isWaiting`: an attempt is about to come. Of the calling number it shows the first digits: the last ones are the code.
 */
export function attemptsTable(
  visit: Visit,
  attempts: readonly AttemptRow[],
  { events, accounts, money, isWaiting }: Context,
): Html {
  if (attempts.length === 0 && isWaiting) return skeleton('rows')
  const accountOf = new Map(events.map(({ data }) => [data.attempt, accounts.get(String(data.account))]))
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
      { title: t.attempts.price, numeric: true },
    ],
    attempts.map((attempt, i) => [
      html`${format.number(i + 1)}`,
      html`<span class="nowrap">${t.channels[attempt.channel]}</span>${when(attempt.carrier, ({ name }) => html`<br><span class="soft">${t.attempts.carrier(name)}</span>`)}`,
      html`<span class="nowrap">${accountOf.get(attempt.id) ?? attempt.provider ?? '–'}</span>`,
      attemptBadge(visit, attempt),
      html`<span class="number nowrap">${callerOf(attempt)}</span>`,
      format.moment(attempt.placed_at),
      format.moment(attempt.ended_at),
      html`<span class="nowrap">${money && attempt.cost ? html`<a href="${money}">${format.money(attempt.cost)}</a>` : format.money(attempt.cost)}</span>`,
      priceOf(visit, events, attempt.id, money),
    ]),
    html`<p>${t.attempts.none}</p>`,
  )
}

/** The calling number with the hidden digits as dots. */
const callerOf = ({ caller_hint: hint }: AttemptRow): string => hint?.masked ?? '–'
