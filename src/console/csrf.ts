import { timingSafeEqual } from 'node:crypto'
import { type Html, html } from '../html/html.ts'
import type { Secrets } from '../secrets.ts'
import type { Form } from './form.ts'
import { onceField } from './once.ts'
import type { Visit } from './visit.ts'

/** The token for forms of a visitor who is not logged in, derived from the form cookie; empty without it. */
export function csrfOf(secrets: Secrets, formCookie: string | undefined): string {
  return formCookie ? secrets.fingerprint(`console form\n${formCookie}`).toString('base64url') : ''
}

/** Rules out forms from other sites before their body is read. */
export function mayBeOwnForm({ csrf, c }: Visit): boolean {
  const site = c.req.header('sec-fetch-site')
  return csrf !== '' && (site === undefined || site === 'same-origin')
}

/** Whether this form was shown to this browser. */
export function isOwnForm({ csrf }: Visit, form: Form): boolean {
  const [given, wanted] = [Buffer.from(form.text('csrf')), Buffer.from(csrf)]
  return wanted.length > 0 && given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** The hidden fields of every form. */
export function csrfField({ csrf }: Pick<Visit, 'csrf'>): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}">${onceField()}`
}
