import type { AppError } from '../../errors.ts'
import { type Html, html, NONE, when } from '../../html/html.ts'
import { isActive } from '../../values/statuses.ts'
import { failureInWords } from '../../verifications/failure.ts'
import { csrfField } from '../csrf.ts'
import { chainBadge } from '../parts/chain.ts'
import { copiedLines } from '../parts/copy.ts'
import { type Handset, handsetScreen } from '../parts/handset.ts'
import { isOver, statusBadge } from '../parts/status.ts'
import type { AuditTrail } from '../parts/story.ts'
import { timeline } from '../parts/timeline.ts'
import type { Visit } from '../visit.ts'
import { problemBox } from './errors.ts'

export type TrySteps = Handset & {
  trail: AuditTrail
  /** Changes with what is shown. */
  version: string
  error: AppError | null
  typed: string
  proof: string | null
}

/** A verification on the Try it page: handset, steps, code form, proof, audit trail. */
export function tryStepsPage(visit: Visit, steps: TrySteps): Html {
  const { t } = visit
  const { verification, trail, error, proof, version } = steps
  const live = isOver(verification)
    ? ''
    : html` data-live="/console/try/${verification.id}/news?seen=${version}"`
  return html`<div${live}>
<h1>${t.try.title}: <span class="nowrap">${verification.phone}</span></h1>
<p role="status" data-part="status">${statusBadge(visit, verification.status)} ${nowOf(visit, steps)}</p>
${problemBox(visit, error)}${when(steps.dialled === 'in_vain', () => html`<div class="box bad" role="alert"><p>${t.try.notAwaited}</p></div>`)}
<div class="try">
<section class="handset" aria-labelledby="handset-title"><h2 id="handset-title" class="hidden">${t.try.handset}</h2>
<div class="screen" data-part="handset" aria-live="polite">${handsetScreen(visit, steps)}</div></section>
<div class="try-steps">
<div data-part="steps">${workflow(visit, steps)}</div>
<section aria-labelledby="code-title" data-part="code" data-state="${stateOf(steps)}">${codeForm(visit, steps)}</section>
<div data-part="proof">${when(
    proof,
    (
      text,
    ) => html`<section aria-labelledby="proof-title"><h2 id="proof-title">${t.try.proof}</h2><p>${t.try.proofHelp}</p>
${copiedLines(visit, t.try.proof, 'proof-title', text)}</section>`,
  )}</div>
<section aria-labelledby="audit-title"><h2 id="audit-title">${t.try.audit}</h2>
<div data-part="audit"><p>${chainBadge(visit, trail.chain)}</p>${timeline(visit, trail.data, new Map())}</div>
<p><a href="/console/verifications/${verification.id}">${t.try.details}</a></p></section>
</div></div></div>`
}

/** The script replaces the code form only when this changes, so that typing is not interrupted. */
function stateOf({ verification, rang, received }: TrySteps): string {
  if (isOver(verification)) return 'over'
  return `${verification.channel} ${rang.length + received.length > 0 ? 'reached' : 'waiting'}`
}

function nowOf({ t }: Visit, { verification: { status, channel } }: TrySteps): string {
  return isActive(status) ? t.try.byChannel[channel][status] : t.try.now[status]
}

/** The steps of a workflow, which of them is current, and when the next one begins. */
function workflow(visit: Visit, { verification }: TrySteps): Html {
  const { t, format } = visit
  const { id, workflow: steps, channel, next_channel: next, next_at: nextAt } = verification
  if (!steps) return NONE
  const current = steps.findIndex((step) => step.channel === channel)
  const over = isOver(verification)
  return html`<ol class="steps" aria-label="${t.try.steps}">${steps.map((step, i) => {
    const mark = i === current ? html` aria-current="step"` : ''
    return html`<li${mark}>${t.channels[step.channel]}</li>`
  })}</ol>${when(
    next && !over,
    () =>
      html`<form method="post" action="/console/try/${id}" class="row next">${csrfField(visit)}<button class="quiet" name="next" value="1">${t.try.nextNow}</button>${when(nextAt, (at) => html`<span class="soft">${t.try.nextAt} ${format.clock(at)}</span>`)}</form>`,
  )}`
}

function codeForm(visit: Visit, steps: TrySteps): Html {
  const { t } = visit
  const { verification, typed, rang, received, error } = steps
  if (isOver(verification)) {
    return html`<h2 id="code-title">${verification.status === 'approved' ? t.try.approved : t.try.ended}</h2>
${when(verification.failure, ({ code }) => html`<p>${failureInWords(visit.language, code)}</p>`)}
<p><a class="button" href="/console/try">${t.try.again}</a></p>`
  }
  const texts = t.try.byChannel[verification.channel]
  const again = html`<form method="post" action="/console/try/${verification.id}">${csrfField(visit)}<button class="quiet" name="again" value="1">${texts.again}</button></form>`
  if (verification.code_lengths.length === 0) {
    return html`<h2 id="code-title">${t.try.noCode}</h2><p>${t.try.noCodeHelp}</p>${again}`
  }
  const label = verification.workflow ? t.try.codeName : texts.code(verification.code_length ?? 4)
  return html`<h2 id="code-title">${t.try.type}</h2>
<form method="post" action="/console/try/${verification.id}" class="row">${csrfField(visit)}
<div class="field"><label for="code">${label}</label>
<input id="code" name="code" value="${typed}" inputmode="numeric" autocomplete="one-time-code" required class="big code" aria-describedby="checks-left"${error ? html` aria-invalid="true"` : ''}${rang.length + received.length > 0 ? html` autofocus` : ''}></div>
<button class="main">${t.try.check}</button></form>
<p id="checks-left" class="soft">${t.try.checksLeft(verification.checks_left)}</p>
${again}`
}
