import { timingSafeEqual } from 'node:crypto'
import { type Html, html } from '../html/html.ts'
import type { Secrets } from '../secrets.ts'
import type { Form } from './form.ts'
import { onceField } from './once.ts'
import type { Visit } from './visit.ts'

/** The token of a form that is shown to somebody who is not logged in; empty without the cookie that it is made from. */
export function csrfOf(secrets: Secrets, formCookie: string | undefined): string {
  return formCookie ? secrets.fingerprint(`console form\n${formCookie}`).toString('base64url') : ''
}

/** Whether a form can be one of ours, as far as that is known before it is read. */
export function mayBeOwnForm({ csrf, c }: Visit): boolean {
  const site = c.req.header('sec-fetch-site')
  return csrf !== '' && (site === undefined || site === 'same-origin')
}

/** Whether a form is one of ours, shown to this very browser. */
export function isOwnForm({ csrf }: Visit, form: Form): boolean {
  const [given, wanted] = [Buffer.from(form.text('csrf')), Buffer.from(csrf)]
  return wanted.length > 0 && given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** The fields that every form carries. */
export function csrfField({ csrf }: Pick<Visit, 'csrf'>): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}">${onceField()}`
}
