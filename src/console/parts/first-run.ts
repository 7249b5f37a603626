import { type Html, html, NONE, when } from '../../html/html.ts'
import type { Concern } from '../../overview/concern.ts'
import { FIRST_STEPS, type FirstStep, readFirstSteps } from '../../overview/first-steps.ts'
import { cookie, readCookie } from '../cookies.ts'
import { csrfField } from '../csrf.ts'
import type { Console } from '../mount.ts'
import { redirect } from '../response.ts'
import type { Member } from '../visit.ts'
import { concernsBox } from './concerns.ts'
import { badge } from './status.ts'

const YEAR_SECONDS = 365 * 24 * 3600
const PATHS: Record<FirstStep, string> = {
  account: '/console/operators/new',
  route: '/console/routes/new',
  price: '/console/prices',
  key: '/console/keys#new',
  webhook: '/console/webhooks#new',
}
const NEEDED = FIRST_STEPS.filter((step) => step !== 'webhook')

/** Concerns that the first steps tell of as well. */
const TOLD: readonly string[] = ['no_account', 'no_route', 'no_key'] satisfies Concern['kind'][]

/** The first steps, or else what needs attention, or both. */
export async function firstRunAndConcerns(member: Member, concerns: readonly Concern[]): Promise<Html> {
  const steps = await firstRun(member)
  if (steps === NONE || !member.user.actor.livemode) return html`${steps}${concernsBox(member, concerns)}`
  const others = concerns.filter(({ kind }) => !TOLD.includes(kind))
  return html`${steps}${when(others.length > 0, () => concernsBox(member, others))}`
}

/** Hides the first steps, in this browser. */
export function firstRunForm(console: Console): void {
  console.form('/console/first-run', 'admin', ({ c, secure }) =>
    redirect(c, '/console', [cookie('firstRun', 'hidden', { secure, maxAgeSeconds: YEAR_SECONDS })]),
  )
}

/**
 * The steps to a first real call, for those who administer the installation; nothing once they are done or hidden.
 * With a test key, the way to *Try it*.
 */
async function firstRun(member: Member): Promise<Html> {
  const { t, c, user, can, context } = member
  if (!can('admin') || readCookie(c, 'firstRun')) return NONE
  if (!user.actor.livemode) return testerHint(member)
  const done = await readFirstSteps(context)
  if (NEEDED.every((step) => done[step])) return NONE
  const next = FIRST_STEPS.find((step) => !done[step])
  const count = FIRST_STEPS.filter((step) => done[step]).length
  return html`<section class="panel first-run" aria-labelledby="first-run"><div class="head"><h2 id="first-run">${t.firstRun.title}</h2>
<form method="post" action="/console/first-run">${csrfField(member)}<button class="quiet">${t.firstRun.hide}</button></form></div>
<p class="soft">${t.firstRun.intro(count, FIRST_STEPS.length)}</p>
<ol>${FIRST_STEPS.map((step) => {
    const { name, why } = t.firstRun.steps[step]
    const state = done[step]
      ? badge('good', t.firstRun.done)
      : badge(step === next ? 'busy' : 'calm', step === 'webhook' ? t.firstRun.optional : t.firstRun.open)
    return html`<li><a href="${PATHS[step]}">${name}</a> ${state}<br><span class="soft">${why}</span></li>`
  })}</ol></section>`
}

function testerHint({ t, can }: Member): Html {
  if (!can('verify') || !can('read')) return NONE
  return html`<section class="box"><p>${t.firstRun.tester}</p><p><a class="button" href="/console/try">${t.firstRun.tryIt}</a></p></section>`
}
