import type { z } from '@hono/zod-openapi'
import { requireLive } from '../../access/livemode.ts'
import type { Channel } from '../../channels/channels.ts'
import { AppError } from '../../errors.ts'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { getPolicy, updatePolicy } from '../../limits/manage.ts'
import type { Policy, PolicyChanges, SimulationView } from '../../limits/schemas.ts'
import { simulatePolicy } from '../../limits/simulate.ts'
import { denialsByRule } from '../../overview/denials.ts'
import { say } from '../../words/text.ts'
import { csrfField } from '../csrf.ts'
import type { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { csvOf, exportLink, sendCsv } from '../parts/export.ts'
import { policyFields } from '../parts/policy-fields.ts'
import { table } from '../parts/table.ts'
import { changesIn, formOf, nameOf } from '../policy-form.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/policy'
const DAYS = 7
const DAY_MS = 86_400_000
const DENIED = `denied_last_${DAYS}_days` as const
const FILE = csvTable({ rule: 'plain', value: 'text', [DENIED]: 'plain' })

type Simulation = z.infer<typeof SimulationView>
type Shown = {
  form: Form
  error: AppError | null
  changes: PolicyChanges | null
  simulation: Simulation | null
}

/** A tenant's policy. A change is saved only after a preview on last week's starts. */
export function policyPages(console: Console): void {
  console.page(PATH, 'admin', async (member) => {
    const policy = await getPolicy(member.context)
    return showPolicy(member, policy, { form: formOf(policy), error: null, changes: null, simulation: null })
  })

  console.form(PATH, 'admin', async (member, form) => {
    const { context, c } = member
    const policy = await getPolicy(context)
    try {
      const changes = changesIn(form, policy)
      if (form.text('action') === 'save') {
        requireLive(context.actor)
        if (form.text('seen') !== nameOf(policy)) {
          throw new AppError('conflict', { detail: say('policy_changed') })
        }
        if (Object.keys(changes).length > 0) await updatePolicy(context, changes)
        return redirect(c, `${PATH}?saved=1`)
      }
      const simulation = await simulatePolicy(context, { changes, days: DAYS })
      return await showPolicy(member, policy, { form, error: null, changes, simulation })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showPolicy(member, policy, { form, error, changes: null, simulation: null })
    }
  })

  console.page(`${PATH}.csv`, 'admin', async (member) => {
    const [policy, denials] = await Promise.all([getPolicy(member.context), readDenials(member)])
    const rows = Object.entries(policy).map(([rule, value]) => ({
      rule,
      value: value !== null && typeof value === 'object' ? JSON.stringify(value) : value,
      [DENIED]: denials.find((denial) => denial.rule === rule)?.count ?? 0,
    }))
    return sendCsv(member, 'policy', csvOf(FILE, rows))
  })
}

function readDenials({ context }: Member) {
  const to = new Date()
  return denialsByRule(context, { from: new Date(to.getTime() - DAYS * DAY_MS), to })
}

async function showPolicy(member: Member, policy: Policy, shown: Shown): Promise<Page> {
  const { t, query } = member
  const denials = new Map((await readDenials(member)).map(({ rule, count }) => [rule, count]))
  const { form, error, simulation } = shown
  return {
    title: t.nav.policy,
    section: 'policy',
    status: error?.status ?? 200,
    body: html`<div class="head"><h1>${t.nav.policy}</h1>${exportLink(member, `${PATH}.csv`)}</div>
<p class="lead">${t.policy.intro}</p>
<p><a href="${PATH}/start-hook">${t.hook.set}</a></p>
${when(query.saved && !simulation && !error, () => html`<p class="box good" role="status">${t.policy.saved}</p>`)}
${problemBox(member, error)}
<form method="post" action="${PATH}" class="policy">${csrfField(member)}<input type="hidden" name="seen" value="${nameOf(policy)}">
${when(simulation, (result) => outcome(member, policy, shown, result))}
${policyFields(member, form, denials)}
<p><button class="main" name="action" value="simulate">${t.policy.simulate}</button></p></form>`,
  }
}

/** What the change would have done, with the button that saves it. */
function outcome(member: Member, policy: Policy, { changes }: Shown, simulation: Simulation): Html {
  const { t, format } = member
  const isLive = member.user.actor.livemode
  const changed = Object.entries(changes ?? {}) as [keyof Policy, unknown][]
  if (changed.length === 0) return html`<p class="box" role="status">${t.policy.unchanged}</p>`
  const { starts, denied_now, denied_then, by_rule, examples, truncated } = simulation
  const names: Record<string, string> = { ...t.policy.rules, default_workflow: t.policy.defaultWorkflow }
  const ruleName = (rule: string) => names[rule] ?? rule
  return html`<section class="box" aria-labelledby="outcome" role="status"><h2 id="outcome">${t.policy.outcome}</h2>
${table(
  t.policy.changes,
  [{ title: t.policy.rule }, { title: t.policy.before }, { title: t.policy.after }],
  changed.map(([name, value]) => [
    html`${ruleName(name)}`,
    shownValue(member, name, policy[name]),
    shownValue(member, name, value),
  ]),
)}
<p>${t.policy.result(format.number(starts), DAYS)}${truncated ? ` ${t.policy.truncated}` : ''}</p>
<dl class="figures"><div class="panel"><dt>${t.policy.deniedNow}</dt><dd class="figure">${format.number(denied_now)}</dd></div>
<div class="panel"><dt>${t.policy.deniedThen}</dt><dd class="figure">${format.number(denied_then)}</dd></div></dl>
${when(
  denied_then > 0,
  () => html`<ul>${Object.entries(by_rule).map(([rule, count]) => html`<li>${ruleName(rule)}: ${format.number(count)}</li>`)}</ul>
<details><summary>${t.policy.examples(examples.length)}</summary><ul>${examples.map(({ verification, rule }) => html`<li><a href="/console/verifications/${verification}"><code>${verification}</code></a> ${ruleName(rule)}</li>`)}</ul></details>`,
)}
<p class="soft">${t.policy.notReplayed}</p>
${when(!isLive, () => html`<p>${t.policy.liveOnly}</p>`)}
<p>${when(isLive, () => html`<button class="main" name="action" value="save">${t.policy.save}</button> `)}<a class="button" href="${PATH}">${t.policy.discard}</a></p></section>`
}

function shownValue({ t }: Member, name: keyof Policy, value: unknown): Html {
  if (value === null) return html`<span class="soft">${t.policy.off}</span>`
  if (Array.isArray(value) && value.length === 0) return html`${t.policy.none}`
  if (name === 'default_workflow') {
    const steps = value as NonNullable<Policy['default_workflow']>
    return html`${steps.map((step) => `${t.channels[step.channel]} ${step.wait_seconds}\u00a0${t.units.s}`).join(' → ')}`
  }
  if (name === 'allow_channels')
    return html`${(value as Channel[]).map((channel) => t.channels[channel]).join(', ')}`
  if (Array.isArray(value)) return html`${value.join(', ')}`
  return typeof value === 'object' ? html`<code>${JSON.stringify(value)}</code>` : html`${String(value)}`
}
