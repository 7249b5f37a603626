import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim, ClientContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { type Html, html } from '../html/html.ts'
import { claimKey } from '../idempotency/claim.ts'
import type { Leases } from '../idempotency/lease.ts'
import { freeKey } from '../idempotency/settle.ts'
import type { Form } from './form.ts'

/** A hidden field that makes each rendered form unique. */
export const onceField = (): Html => html`<input type="hidden" name="once" value="${randomUUID()}">`

const TOKEN = /^[0-9a-f-]{36}$/
const POLL_MS = 100
const POLLS_MAX = 50

/**
 * Runs a form's verb once, however often the form is sent: a second click waits for the first and gets its
 * result. The stored result is the verb's, not the page. `what`: the path of the form.
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
  const claim = await claimInTurn(context, { key, request })
  return leases.during(claim, async () => {
    try {
      return await run({ ...context, claim })
    } finally {
      await freeKey(context, claim).catch(() => {})
    }
  })
}

async function claimInTurn(
  context: ClientContext,
  request: { key: string; request: string },
): Promise<Claim> {
  for (let polls = 1; ; polls++) {
    try {
      const claimed = await claimKey(context, request)
      if (claimed.kind === 'run') return claimed.claim
      throw new Error('the key of a form holds an answer')
    } catch (error) {
      const isHeld = error instanceof AppError && error.code === 'idempotency_in_progress'
      if (!isHeld || polls === POLLS_MAX) throw error
      await sleep(POLL_MS)
    }
  }
}
