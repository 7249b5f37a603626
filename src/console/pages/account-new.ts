import { requireLive } from '../../access/livemode.ts'
import { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { validate } from '../../input/validate.ts'
import { type OperatorForm, operatorForm, operatorForms } from '../../routing/account-form.ts'
import { createAccount } from '../../routing/accounts.ts'
import { CreateAccountInput } from '../../routing/schemas.ts'
import { csrfField } from '../csrf.ts'
import { faultOf, formProblem } from '../fault.ts'
import type { Form } from '../form.ts'
import type { Console } from '../mount.ts'
import { changedFields, fieldInputs, readFields } from '../parts/account-fields.ts'
import { redirect } from '../response.ts'
import type { Member, Page } from '../visit.ts'

const PATH = '/console/operators'

/** Connecting an operator: which one, then its fields. */
export function accountNewPages(console: Console): void {
  console.page(`${PATH}/new`, 'admin', (member) => {
    const { provider } = member.query
    if (!provider) return choosePage(member)
    return newPage(member, operatorForm(member.context, provider, member.language), null, null)
  })

  console.form(`${PATH}/new`, 'admin', async (member, form) => {
    const operator = operatorForm(member.context, form.text('provider'), member.language)
    try {
      requireLive(member.context.actor)
      const input = validate(CreateAccountInput, inputOf(operator, form), 'body')
      const { id, check } = await createAccount(member.context, input)
      return redirect(member.c, `${PATH}/${id}?${check.ok ? 'made' : 'saved'}=1`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return newPage(member, operator, form, error)
    }
  })
}

function inputOf({ provider, credentials, first, more }: OperatorForm, form: Form) {
  return {
    provider,
    name: form.text('name'),
    base_url: form.text('base_url') || undefined,
    credentials: readFields(credentials, form),
    settings: changedFields([...first, ...more], form, null),
    check: form.text('action') === 'anyway' ? 'try' : 'require',
  }
}

function choosePage(member: Member): Page {
  const { t, context, language } = member
  return {
    title: t.accounts.connect,
    section: 'operators',
    body: html`${crumbs(member)}<h1>${t.accounts.connect}</h1>
<p class="soft">${t.accounts.choose}</p>
<ul class="choices">${operatorForms(context, language).map(
      ({ provider, title, about }) =>
        html`<li><a href="${PATH}/new?provider=${provider}">${title}</a><p class="soft">${about}</p></li>`,
    )}</ul>`,
  }
}

const crumbs = ({ t }: Member): Html => html`<p class="crumbs"><a href="${PATH}">${t.nav.operators}</a></p>`

function newPage(member: Member, operator: OperatorForm, form: Form | null, error: AppError | null): Page {
  const { t, user } = member
  const { provider, title, about, credentials, first, more } = operator
  const shown = { form, saved: null, error }
  const fields = ['name', 'base_url', ...[...credentials, ...first, ...more].map(({ path }) => path)]
  return {
    title: t.accounts.newOf(title),
    section: 'operators',
    status: error?.status ?? 200,
    body: html`${crumbs(member)}<h1>${t.accounts.newOf(title)}</h1>
<p class="soft">${about}</p>
${when(!user.actor.livemode, () => html`<p class="box warn">${t.forms.liveOnly}</p>`)}
${formProblem(member, error, fields)}${when(error?.options.said, (words) => html`<p class="soft said">${t.accounts.operatorSaid(words)}</p>`)}
<form method="post" action="${PATH}/new" class="stack panel">${csrfField(member)}<input type="hidden" name="provider" value="${provider}">
${nameInput(member, form?.text('name') ?? '', error)}
<fieldset class="stack"><legend>${t.accounts.credentials} <span class="soft">${t.accounts.credentialsHelp}</span></legend>${fieldInputs(member, credentials, shown, { isSecret: true })}</fieldset>
${addressInput(member, operator, form?.text('base_url') ?? operator.defaultBaseUrl, error)}
${fieldInputs(member, first, shown)}
${moreInputs(member, fieldInputs(member, more, shown), more, error)}
<p class="soft">${t.accounts.submitHelp} ${t.forms.recorded(user.keyName)}</p>
<p class="row"><button class="main" name="action" value="check">${t.accounts.submit}</button>${when(mayInsist(error), () => html`<button name="action" value="anyway">${t.accounts.anyway}</button>`)}</p>
${when(mayInsist(error), () => html`<p class="soft">${t.accounts.anywayHelp}</p>`)}</form>`,
  }
}

/** Whether the operator's answer, and no field, is why nothing was saved. */
const mayInsist = (error: AppError | null): boolean =>
  error?.options.errors?.some(({ path }) => path === 'credentials' || path === 'base_url') ?? false

/** The field for the name of an account. */
export function nameInput(member: Member, value: string, error: AppError | null): Html {
  const { t } = member
  const fault = faultOf(member, error, 'name')
  return html`<div class="field"><label for="name">${t.accounts.name} <span class="soft">${t.accounts.nameHelp}</span></label><input id="name" name="name" value="${value}" required maxlength="100" autocomplete="off"${fault.mark}>${fault.text}</div>`
}

/** The field for the address of an account. */
export function addressInput(
  member: Member,
  { defaultBaseUrl, addressHelp }: OperatorForm,
  value: string,
  error: AppError | null,
): Html {
  const { t } = member
  const fault = faultOf(member, error, 'base_url')
  const label = defaultBaseUrl ? t.accounts.address : t.accounts.trunk
  return html`<div class="field"><label for="base_url">${label} ${when(addressHelp, (help) => html`<span class="soft">${help}</span>`)}</label><input id="base_url" name="base_url" value="${value}" required maxlength="500" autocomplete="off" spellcheck="false"${fault.mark}>${fault.text}</div>`
}

/** Settings that few change, closed unless one of them is at fault. */
export function moreInputs(
  { t }: Member,
  inputs: Html,
  fields: OperatorForm['more'],
  error: AppError | null,
): Html {
  const isFaulty = error?.options.errors?.some(({ path }) =>
    fields.some((field) => path.startsWith(field.path)),
  )
  return html`<details${isFaulty ? html` open` : ''}><summary>${t.forms.more}</summary><div class="stack">${inputs}</div></details>`
}
