import { randomUUID } from 'node:crypto'
import type { ClientContext } from '../context.ts'
import { type Html, html } from '../html/html.ts'
import { runInTurn } from '../idempotency/in-turn.ts'
import type { Leases } from '../idempotency/lease.ts'
import type { Form } from './form.ts'

/** A hidden field that makes each rendered form unique. */
export const onceField = (): Html => html`<input type="hidden" name="once" value="${randomUUID()}">`

const TOKEN = /^[0-9a-f-]{36}$/

/**
 * Runs a form's verb once, however often the form is sent: a second click waits for the first and gets its
 * result. `what`: the path of the form.
 */
export async function submitOnce<T>(
  leases: Leases,
  context: ClientContext,
  { form, what }: { form: Form; what: string },
  run: (context: ClientContext) => Promise<T>,
): Promise<T> {
  if (!TOKEN.test(form.text('once'))) return run(context)
  const request = `form\n${what}\n${form}`
  // Over the whole content: a user may go back, change the form and send it again.
  const key = `console ${context.secrets.fingerprint(request).toString('hex')}`
  return runInTurn(leases, context, { key, request }, run)
}
