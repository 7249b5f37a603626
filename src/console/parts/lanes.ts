import { type Html, html, NONE } from '../../html/html.ts'
import type { get } from '../../verifications/read.ts'
import type { Visit } from '../visit.ts'
import { attemptTone, isOver, type Tone } from './status.ts'
import type { AuditTrail } from './story.ts'

const WIDTH = 1000
/** The width at which a mark is still visible. */
const MARK = 8

type Verification = Awaited<ReturnType<typeof get>>
type Bar = { from: number; to: number; tone: Tone; text: string }
type Lane = { name: string; detail: string; bars: Bar[] }

/**
 * A verification at a glance: one lane per call and one for submitted codes. Hidden from screen readers, because
 * the timeline below says the same in words.
 */
export function lanes(visit: Visit, verification: Verification, events: AuditTrail['data']): Html {
  const { t, format } = visit
  const start = Date.parse(verification.created_at)
  const last = Math.max(
    start + 1000,
    ...events.map(({ at }) => Date.parse(at)),
    ...(isOver(verification) ? [] : [Math.min(Date.now(), Date.parse(verification.expires_at))]),
  )
  const scale = (time: number) => Math.round(((time - start) / (last - start)) * WIDTH)
  const seconds = format.duration((last - start) / 1000, t.units)
  const all = [...callLanes(visit, verification, events, last), checkLane(visit, events)].filter(
    ({ bars }) => bars.length > 0,
  )
  if (all.length === 0) return NONE
  return html`<div class="lanes" aria-hidden="true">${all.map(
    ({
      name,
      detail,
      bars,
    }) => html`<div class="lane"><span class="lane-name">${name} <span class="soft">${detail}</span></span>
<svg viewBox="0 0 ${WIDTH} 20" preserveAspectRatio="none"><rect class="track" x="0" y="8" width="${WIDTH}" height="4"/>${bars.map(
      (bar) => {
        const x = Math.min(scale(bar.from), WIDTH - MARK)
        return html`<rect class="${bar.tone}" x="${x}" y="2" width="${Math.max(MARK, scale(bar.to) - x)}" height="16"><title>${bar.text}</title></rect>`
      },
    )}</svg></div>`,
  )}<div class="lane axis"><span class="lane-name soft">${t.timeline.time}</span><span class="ticks soft"><span>0</span><span>${seconds}</span></span></div></div>`
}

/** Two bars per call: from the request to the operator until the call was placed, then until its end. */
function callLanes(
  { t, format }: Visit,
  { attempts_detail }: Verification,
  events: AuditTrail['data'],
  last: number,
): Lane[] {
  return attempts_detail.flatMap((attempt, i) => {
    const placing = events.find(({ type, data }) => type === 'attempt.placing' && data.attempt === attempt.id)
    const from = placing?.at ?? attempt.placed_at ?? attempt.ended_at
    if (!from) return []
    const status = (t.attempts.statuses as Record<string, string>)[attempt.status] ?? attempt.status
    const end = attempt.ended_at ? Date.parse(attempt.ended_at) : last
    const placed = attempt.placed_at ? Date.parse(attempt.placed_at) : null
    const asking: Bar[] = placed
      ? [{ from: Date.parse(from), to: placed, tone: 'calm', text: t.events['attempt.placing'] }]
      : []
    const calling: Bar = {
      from: placed ?? Date.parse(from),
      to: end,
      tone: attemptTone(attempt),
      text: status,
    }
    const cost = attempt.cost ? ` · ${format.money(attempt.cost)}` : ''
    return [
      {
        name: `${i + 1} · ${attempt.provider ?? '–'}`,
        detail: `${t.channels[attempt.channel]} · ${status}${cost}`,
        bars: [...asking, calling],
      },
    ]
  })
}

function checkLane({ t }: Visit, events: AuditTrail['data']): Lane {
  const checks = events.filter(({ type }) => type === 'check.wrong' || type === 'check.right')
  const bars = checks.map(({ at, type }) => {
    const time = Date.parse(at)
    const isRight = type === 'check.right'
    return {
      from: time,
      to: time,
      tone: isRight ? 'good' : 'bad',
      text: t.events[type as 'check.right'],
    } as const
  })
  const wrong = checks.filter(({ type }) => type === 'check.wrong').length
  return { name: t.timeline.checks, detail: wrong > 0 ? t.timeline.wrong(wrong) : '', bars: [...bars] }
}
