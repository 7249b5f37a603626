import { type Html, html } from '../../html/html.ts'
import type { StandingView } from '../../limits/standing-schemas.ts'
import { csrfField } from '../csrf.ts'
import type { Member, Visit } from '../visit.ts'
import { badge, type Tone } from './status.ts'

const TONES: Record<StandingView['standing'], Tone> = { trusted: 'good', blocked: 'bad', neutral: 'calm' }

export const standingBadge = ({ t }: Pick<Visit, 't'>, standing: StandingView['standing']): Html =>
  badge(TONES[standing], t.phones.standings[standing])

/** The standing of a verification's phone and, for a live administrator, the buttons that change it. */
export function standingRow(member: Member, standing: StandingView['standing']): Html {
  const { t, id, context } = member
  const buttons = [
    { value: 'trusted', name: t.phones.trust },
    { value: 'blocked', name: t.phones.block },
    { value: 'neutral', name: t.phones.neutral },
  ].filter(({ value }) => value !== standing)
  const form = html` <form method="post" action="/console/verifications/${id}/standing" class="row">${csrfField(member)}
${buttons.map(({ value, name }) => html`<button name="standing" value="${value}" class="quiet">${name}</button>`)}</form>`
  return html`${standingBadge(member, standing)}${context.actor.livemode ? form : ''}`
}
