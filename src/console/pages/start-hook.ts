import { requireLive } from '../../access/livemode.ts'
import { AppError } from '../../errors.ts'
import { RotateSecretInput } from '../../events/schemas.ts'
import type { HookDecision } from '../../events/start-hook.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { getPolicy, updatePolicy } from '../../limits/manage.ts'
import { rotateHookSecret, testHook } from '../../limits/manage-hook.ts'
import { type Policy, PolicyChanges } from '../../limits/schemas.ts'
import { csrfField } from '../csrf.ts'
import { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { webhookSecret } from '../parts/endpoint.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { problemBox } from './errors.ts'

const PATH = '/console/policy/start-hook'
const OVERLAP_SECONDS = 86_400
const TIMEOUT_MS = 1000

/** The hook that is asked before each start: set, test, rotate its secret, remove. */
export function startHookPages(console: Console): void {
  console.page(PATH, 'admin', (member) => showHook(member))

  console.form(PATH, 'admin', async (member, form) => {
    try {
      const shown = await act(member, form)
      return shown ? await showHook(member, shown) : redirect(member.c, `${PATH}?saved=1`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return showHook(member, { error, form })
    }
  })
}

type Shown = { error?: AppError; form?: Form; secret?: string; decision?: HookDecision }

/** Does what the form asks. Resolves to what can be shown only now, if there is something. */
async function act({ context }: Member, form: Form): Promise<Shown | null> {
  const action = form.text('action')
  if (action === 'test') return { decision: await testHook(context) }
  requireLive(context.actor)
  if (action === 'rotate') {
    const overlap = Number(form.text('overlap_seconds') || OVERLAP_SECONDS)
    const input = validate(RotateSecretInput, { overlap_seconds: overlap }, 'body')
    return { secret: (await rotateHookSecret(context, input)).secret }
  }
  const start_hook = action === 'remove' ? null : hookIn(form)
  const changed = await updatePolicy(context, validate(PolicyChanges, { start_hook }, 'body'))
  const secret = changed.start_hook?.secret
  return secret ? { secret } : null
}

const hookIn = (form: Form) => ({
  url: form.text('url'),
  timeout_ms: Number(form.text('timeout_ms')),
  on_failure: form.text('on_failure'),
})

async function showHook(member: Member, { error, form, secret, decision }: Shown = {}): Promise<Page> {
  const { t, context, query } = member
  const { start_hook: hook } = await getPolicy(context)
  const isLive = context.actor.livemode
  return {
    title: t.policy.rules.start_hook,
    section: 'policy',
    status: error?.status ?? 200,
    body: html`<p class="crumbs"><a href="/console/policy">${t.nav.policy}</a></p><h1>${t.policy.rules.start_hook}</h1>
<p class="lead">${t.hook.intro}</p>
${problemBox(member, error ?? null)}${when(secret, (fresh) => webhookSecret(member, t.hook.made, fresh))}
${when(query.saved && !error, () => html`<p class="box good" role="status">${t.hook.saved}</p>`)}
${when(decision, (made) => outcome(member, made))}
${when(hook, ({ url }) => html`<p>${t.hook.asks(new URL(url).host)}</p>`)}
${when(!isLive, () => html`<p class="box">${t.policy.liveOnly}</p>`)}
${when(isLive, () => hookForm(member, form?.text('action') === 'save' ? form : formOf(hook)))}
${when(hook, () => actions(member, isLive))}`,
  }
}

function formOf(hook: Policy['start_hook']): Form {
  const { url = '', timeout_ms = TIMEOUT_MS, on_failure = 'deny' } = hook ?? {}
  return new Form(new URLSearchParams({ url, timeout_ms: String(timeout_ms), on_failure }))
}

function hookForm(member: Member, form: Form): Html {
  const { t } = member
  return html`<form method="post" action="${PATH}" class="stack panel">${csrfField(member)}
<div class="field"><label for="url">${t.hook.url}</label><input id="url" name="url" type="url" value="${form.text('url')}" required maxlength="500" autocomplete="off" placeholder="https://example.com/ringproof/start"></div>
<div class="field"><label for="timeout_ms">${t.hook.timeout}</label><input id="timeout_ms" name="timeout_ms" inputmode="numeric" value="${form.text('timeout_ms')}" required autocomplete="off"></div>
<div class="field"><label for="on_failure">${t.hook.onFailure}</label><select id="on_failure" name="on_failure">${(['deny', 'allow'] as const).map((action) => html`<option value="${action}"${form.text('on_failure') === action ? html` selected` : ''}>${t.hook.actions[action]}</option>`)}</select></div>
<p><button class="main" name="action" value="save">${t.hook.save}</button></p></form>`
}

/** What can be done with a hook that is set. */
function actions(member: Member, isLive: boolean): Html {
  const { t } = member
  const button = (action: string, text: string, more: Html | '' = '') =>
    html`<form method="post" action="${PATH}" class="row">${csrfField(member)}${more}<button name="action" value="${action}">${text}</button></form>`
  const overlap = html`<div class="field"><label for="overlap">${t.webhooks.overlap}</label><select id="overlap" name="overlap_seconds">${t.keys.overlaps.map(([seconds, name]) => html`<option value="${seconds}"${seconds === OVERLAP_SECONDS ? html` selected` : ''}>${name}</option>`)}</select></div>`
  return html`<section aria-labelledby="test"><h2 id="test">${t.hook.test}</h2><p class="soft">${t.hook.testHelp}</p>${button('test', t.hook.test)}</section>
${when(
  isLive,
  () => html`<section aria-labelledby="rotate"><h2 id="rotate">${t.hook.rotate}</h2><p class="soft">${t.webhooks.rotateHelp}</p>${button('rotate', t.hook.rotate, overlap)}</section>
<section aria-labelledby="remove"><h2 id="remove">${t.hook.remove}</h2><p class="soft">${t.hook.removeHelp}</p>${button('remove', t.hook.remove)}</section>`,
)}`
}

function outcome({ t, format }: Member, decision: HookDecision): Html {
  const { action, failure, reason, channel, status, milliseconds } = decision
  const fact = (name: string, value: Html | string | null) =>
    when(value, (shown) => html`<div><dt>${name}</dt><dd>${shown}</dd></div>`)
  return html`<section class="box ${failure ? 'bad' : 'good'}" aria-labelledby="tested" role="status"><h2 id="tested">${t.hook.tested}</h2>
<dl class="facts">${fact(t.hook.decision, t.hook.decisions[action])}${fact(t.hook.failure, failure && html`<code>${failure}</code>`)}
${fact(t.hook.channel, channel && t.channels[channel])}${fact(t.hook.reason, reason)}
${fact(t.hook.status, status === null ? null : String(status))}${fact(t.hook.took, format.number(milliseconds))}</dl></section>`
}
