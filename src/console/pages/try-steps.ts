import type { sandboxCalls, sandboxMessages } from '../../calls/sandbox-calls.ts'
import { CHANNEL_FACTS } from '../../channels/channels.ts'
import type { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { isActive } from '../../values/statuses.ts'
import { failureInWords } from '../../verifications/failure.ts'
import type { get } from '../../verifications/read.ts'
import { csrfField } from '../csrf.ts'
import { chainBadge } from '../parts/chain.ts'
import { isOver, statusBadge } from '../parts/status.ts'
import { type AuditTrail, timeline } from '../parts/timeline.ts'
import type { Visit } from '../visit.ts'
import { problemBox } from './errors.ts'

type Call = Awaited<ReturnType<typeof sandboxCalls>>['data'][number]
type Message = Awaited<ReturnType<typeof sandboxMessages>>['data'][number]

export type TrySteps = {
  verification: Awaited<ReturnType<typeof get>>
  trail: AuditTrail
  /** Newest first. */
  rang: readonly Call[]
  /** Newest first. */
  received: readonly Message[]
  error: AppError | null
  typed: string
  proof: string | null
}

/** A verification on the Try it page: handset, code form, proof, audit trail. */
export function tryStepsPage(visit: Visit, steps: TrySteps): Html {
  const { t } = visit
  const { verification, trail, rang, received, error, proof } = steps
  const version = `${trail.data.length}.${rang.length + received.length}`
  const live = isOver(verification)
    ? ''
    : html` data-live="/console/try/${verification.id}/news?seen=${version}"`
  return html`<div${live}>
<h1>${t.try.title}: <span class="nowrap">${verification.phone}</span></h1>
<p role="status" data-part="status">${statusBadge(visit, verification.status)} ${nowOf(visit, steps)}</p>
${problemBox(visit, error)}
<div class="try">
<section class="handset" aria-labelledby="handset-title"><h2 id="handset-title" class="hidden">${t.try.handset}</h2>
<div class="screen" data-part="handset">${handset(visit, steps)}</div></section>
<div class="try-steps">
<section aria-labelledby="code-title" data-part="code" data-state="${stateOf(steps)}">${codeForm(visit, steps)}</section>
${when(
  proof,
  (
    text,
  ) => html`<section aria-labelledby="proof-title"><h2 id="proof-title">${t.try.proof}</h2><p>${t.try.proofHelp}</p>
<pre class="wrap" tabindex="0" aria-labelledby="proof-title">${text}</pre></section>`,
)}
<section aria-labelledby="audit-title"><h2 id="audit-title">${t.try.audit}</h2>
<div data-part="audit"><p>${chainBadge(visit, trail.chain)}</p>${timeline(visit, trail.data)}</div>
<p><a href="/console/verifications/${verification.id}">${t.try.details}</a></p></section>
</div></div></div>`
}

/** The script replaces the code form only when this changes, so that typing is not interrupted. */
function stateOf({ verification, rang, received }: TrySteps): string {
  if (isOver(verification)) return 'over'
  return rang.length + received.length > 0 ? 'rang' : 'waiting'
}

const isMessage = ({ verification }: TrySteps) => !CHANNEL_FACTS[verification.channel].showsCaller

function nowOf({ t }: Visit, steps: TrySteps): string {
  const { status } = steps.verification
  return isMessage(steps) && isActive(status) ? t.try.message[status] : t.try.now[status]
}

function handset(visit: Visit, steps: TrySteps): Html {
  const { t, format } = visit
  const { rang, received, verification } = steps
  if (rang.length + received.length === 0) {
    const texts = isMessage(steps) ? t.try.message : t.try
    return html`<p class="soft">${isOver(verification) ? texts.silent : texts.waiting}</p>`
  }
  if (rang.length === 0) return messages(visit, steps)
  const length = verification.code_length ?? 4
  return html`${rang.map(
    (
      { from, at },
      i,
    ) => html`<div class="call${i === 0 && !isOver(verification) ? ' ringing' : ''}"><p class="soft">${t.try.incoming} · ${format.clock(at)}</p>
<p class="caller"><span>${from.slice(0, -length)}</span><strong>${from.slice(-length)}</strong></p></div>`,
  )}<p class="soft">${t.try.lastDigits(length)}</p>${messages(visit, steps)}`
}

function messages({ t, format }: Visit, { received, verification }: TrySteps): Html {
  return html`${received.map(
    (
      { from, at, text },
      i,
    ) => html`<div class="call${i === 0 && !isOver(verification) ? ' ringing' : ''}"><p class="soft">${t.try.message.incoming} · ${from} · ${format.clock(at)}</p>
<p class="caller">${text}</p></div>`,
  )}`
}

function codeForm(visit: Visit, steps: TrySteps): Html {
  const { t } = visit
  const { verification, typed, rang, received, error } = steps
  const byMessage = isMessage(steps)
  if (isOver(verification)) {
    return html`<h2 id="code-title">${verification.status === 'approved' ? t.try.approved : t.try.ended}</h2>
${when(verification.failure, ({ code }) => html`<p>${failureInWords(visit.language, code)}</p>`)}
<p><a class="button" href="/console/try">${t.try.again}</a></p>`
  }
  const length = verification.code_length ?? 4
  return html`<h2 id="code-title">${t.try.type}</h2>
<form method="post" action="/console/try/${verification.id}" class="row">${csrfField(visit)}
<div class="field"><label for="code">${byMessage ? t.try.message.code : t.try.code(length)}</label>
<input id="code" name="code" value="${typed}" inputmode="numeric" autocomplete="one-time-code" required class="big code" aria-describedby="checks-left"${error ? html` aria-invalid="true"` : ''}${rang.length + received.length > 0 ? html` autofocus` : ''}></div>
<button class="main">${t.try.check}</button></form>
<p id="checks-left" class="soft">${t.try.checksLeft(verification.checks_left)}</p>
<form method="post" action="/console/try/${verification.id}">${csrfField(visit)}<button class="quiet" name="again" value="1">${byMessage ? t.try.message.again : t.try.callAgain}</button></form>`
}
