import { requireLive } from '../../access/livemode.ts'
import { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { type OperatorForm, operatorForm } from '../../routing/account-form.ts'
import { checkAccount, healthOf } from '../../routing/account-verbs.ts'
import { deleteAccount, getAccount, updateAccount } from '../../routing/accounts.ts'
import { type AccountView, UpdateAccountInput } from '../../routing/schemas.ts'
import { channelsOf, routesThrough } from '../../routing/used-by.ts'
import { csrfField } from '../csrf.ts'
import { formProblem } from '../fault.ts'
import type { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { checkBox, checkButton, operatorSaid } from '../parts/account-check.ts'
import { changedFields, fieldInputs, readFields } from '../parts/account-fields.ts'
import { copiedId } from '../parts/copy.ts'
import { deleteForm, requireTyped } from '../parts/delete-form.ts'
import { badge } from '../parts/status.ts'
import { testCallForm } from '../parts/test-call.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'
import { addressInput, moreInputs, nameInput } from './account-new.ts'

const PATH = '/console/operators'

type Check = Awaited<ReturnType<typeof checkAccount>>
type Shown = { form?: Form; error?: AppError; check?: Check }

/** One operator account: its state, a test call, its settings, new credentials, deletion. */
export function accountPages(console: Console): void {
  console.page(`${PATH}/:id`, 'admin', (member) => showAccount(member, {}))

  console.form(`${PATH}/:id`, 'admin', async (member, form) => {
    const { context, c, id } = member
    const account = await getAccount(context, { id })
    try {
      if (form.has('account'))
        return await showAccount(member, { check: await checkAccount(context, { id }) })
      requireLive(context.actor)
      if (form.text('action') === 'delete') {
        requireTyped(form, account.name)
        await deleteAccount(context, { id })
        return redirect(c, `${PATH}?removed=1`)
      }
      const changes = validate(UpdateAccountInput, changesOf(member, account, form), 'body')
      await updateAccount(context, { id, changes })
      return redirect(c, `${PATH}/${id}?saved=1`)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'not_found') throw error
      return showAccount(member, { form, error })
    }
  })
}

function changesOf({ context, language }: Member, account: AccountView, form: Form) {
  const action = form.text('action')
  if (action === 'enable' || action === 'disable') return { enabled: action === 'enable' }
  const { credentials, first, more } = operatorForm(context, account.provider, language)
  if (action === 'credentials') {
    const base_url = form.text('base_url')
    return { credentials: readFields(credentials, form), base_url, check: 'require' }
  }
  const settings = changedFields([...first, ...more], form, account.settings)
  return { name: form.text('name'), settings, ...(settings && { check: 'require' }) }
}

async function showAccount(member: Member, { form, error, check }: Shown): Promise<Page> {
  const { t, context, id, query, language, user } = member
  const account = await getAccount(context, { id })
  const [health, routes] = await Promise.all([
    healthOf(context, { id }, language),
    routesThrough(context, { id }),
  ])
  const operator = operatorForm(context, account.provider, language)
  const { name } = account
  const action = form?.text('action') ?? ''
  const of = (wanted: string) => (action === wanted ? { form, error } : {})
  const fields = ['typed_name', 'name', 'base_url', 'credentials', 'settings']
  return {
    title: name,
    section: 'operators',
    status: error?.status ?? 200,
    body: html`<p class="crumbs"><a href="${PATH}">${t.nav.operators}</a></p>
<div class="head"><h1 class="wrap">${name}</h1>${account.enabled ? (health.stopped ? badge('bad', t.operators.stopped) : badge('good', t.operators.breakers[health.breaker.state])) : badge('warn', t.accounts.disabled)}</div>
${formProblem(member, error ?? null, fields)}${when(error?.options.said, (words) => html`<p>${operatorSaid(member, words)}</p>`)}
${when(query.made && !form && !check, () => html`<p class="box good" role="status">${t.accounts.made}</p>`)}
${when(query.saved && !form && !check, () => html`<p class="box good" role="status">${t.accounts.saved}</p>`)}
${when(check, (done) => checkBox(member, done, name))}
${when(health.stopped, ({ detail, operator_said: said }) => html`<div class="box bad"><p>${detail}</p>${when(said, (words) => operatorSaid(member, words))}</div>`)}
${factsOf(member, { account, health, routes, operator })}
${when(!account.enabled, () => html`<p class="box warn">${t.accounts.disabledHelp}</p>`)}
<div class="row">${checkButton(member, id, t.operators.check, `${PATH}/${id}`)}<form method="post" action="${PATH}/${id}">${csrfField(member)}<button class="quiet" name="action" value="${account.enabled ? 'disable' : 'enable'}">${account.enabled ? t.accounts.disable : t.accounts.enable}</button></form>${when(account.enabled, () => html`<span class="soft">${t.accounts.disableHelp}</span>`)}</div>
${testCallForm(member, account, { isRouted: routes.length > 0 })}
<section aria-labelledby="change"><h2 id="change">${t.accounts.change}</h2><p class="soft">${t.accounts.changeHelp} ${t.forms.recorded(user.keyName)}</p>
${settingsForm(member, operator, account, of('save'))}</section>
<section aria-labelledby="replace"><h2 id="replace">${t.accounts.replace}</h2><p class="soft">${t.accounts.replaceHelp}</p>
${credentialsForm(member, operator, account, of('credentials'))}</section>
${
  routes.length > 0
    ? html`<section aria-labelledby="delete"><h2 id="delete">${t.accounts.remove}</h2><p class="soft">${t.accounts.removeInUse}</p></section>`
    : deleteForm(
        member,
        { path: `${PATH}/${id}`, title: t.accounts.remove, help: t.accounts.removeHelp, name },
        of('delete').error ?? null,
      )
}`,
  }
}

function settingsForm(
  member: Member,
  { first, more }: OperatorForm,
  { name, settings }: AccountView,
  { form, error = null as AppError | null }: { form?: Form | undefined; error?: AppError | null | undefined },
): Html {
  const { t, id } = member
  const shown = { form: form ?? null, saved: settings, error }
  return html`<form method="post" action="${PATH}/${id}" class="stack panel">${csrfField(member)}
${nameInput(member, form?.text('name') ?? name, error)}
${fieldInputs(member, first, shown)}
${moreInputs(member, fieldInputs(member, more, shown), more, error)}
<p><button class="main" name="action" value="save">${t.forms.save}</button></p></form>`
}

function credentialsForm(
  member: Member,
  operator: OperatorForm,
  { base_url }: AccountView,
  { form, error = null as AppError | null }: { form?: Form | undefined; error?: AppError | null | undefined },
): Html {
  const { t, id } = member
  const shown = { form: form ?? null, saved: null, error }
  return html`<form method="post" action="${PATH}/${id}" class="stack panel">${csrfField(member)}
${fieldInputs(member, operator.credentials, shown, { isSecret: true })}
${addressInput(member, operator, form?.text('base_url') ?? base_url, error)}
<p><button class="main" name="action" value="credentials">${t.accounts.replaceSubmit}</button></p></form>`
}

type Facts = {
  account: AccountView
  health: Awaited<ReturnType<typeof healthOf>>
  routes: Awaited<ReturnType<typeof routesThrough>>
  operator: OperatorForm
}

function factsOf(member: Member, { account, health, routes, operator }: Facts): Html {
  const { t, format, context } = member
  const { balance } = health
  const channels = channelsOf(context, account)
  const rows: [string, Html][] = [
    [t.facts.id, copiedId(member, account.id)],
    [t.accounts.facts.operator, html`${operator.title}`],
    [t.accounts.address, html`<code class="wrap">${account.base_url}</code>`],
    [
      t.operators.balance,
      html`${format.money(balance.amount)}${when(balance.error, (why) => html` <span class="fault">${why}</span>`)}`,
    ],
    [t.operators.checked, format.moment(balance.checked_at)],
    [
      t.accounts.facts.channels,
      html`${channels.map((name) => t.channels[name]).join(', ') || t.accounts.none}`,
    ],
    [
      t.accounts.facts.routes,
      routes.length > 0
        ? html`${routes.map(({ id, prefix, channel }, i) => html`${i > 0 ? ', ' : ''}<a href="/console/routes/${id}">${prefix} ${t.channels[channel]}</a>`)}`
        : html`${t.accounts.noRoute} <a href="/console/routes/new?account=${account.id}&amp;channel=${channels[0] ?? ''}">${t.accounts.addRoute}</a>`,
    ],
    [t.accounts.facts.changed, format.moment(account.updated_at)],
  ]
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}
