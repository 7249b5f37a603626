import { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { say } from '../../words/text.ts'
import { csrfField } from '../csrf.ts'
import { faultOf } from '../fault.ts'
import type { Form } from '../form.ts'
import type { Member } from '../visit.ts'

const FIELD = 'typed_name'

/** What deleting does, and a field for the name, which confirms it. */
export function deleteForm(
  member: Member,
  { path, title, help, name }: { path: string; title: string; help: string; name: string },
  error: AppError | null,
): Html {
  const { t } = member
  const fault = faultOf(member, error, FIELD)
  return html`<section aria-labelledby="delete"><h2 id="delete">${title}</h2><p class="soft">${help}</p>
<form method="post" action="${path}" class="row">${csrfField(member)}<div class="field grow"><label for="${FIELD}">${t.forms.typeName(name)}</label><input id="${FIELD}" name="${FIELD}" required autocomplete="off" spellcheck="false"${fault.mark}>${when(error, () => fault.text)}</div>
<button class="danger" name="action" value="delete">${title}</button></form></section>`
}

type Unconfirmed = 'name_unconfirmed' | 'prefix_unconfirmed'

/** Throws 422 unless the name was typed. */
export function requireTyped(form: Form, name: string, text: Unconfirmed = 'name_unconfirmed'): void {
  if (form.text(FIELD) === name.trim()) return
  throw new AppError('invalid_request', { errors: [{ path: FIELD, text: say(text) }] })
}
