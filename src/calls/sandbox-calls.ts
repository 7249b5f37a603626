import { asc, eq } from 'drizzle-orm'
import type { ClientContext } from '../context.ts'
import { providerAccounts } from '../db/schema/index.ts'
import { AppError, invalid } from '../errors.ts'
import { askedPhone } from '../input/asked-phone.ts'
import { callFromHandset, type Handsets, handsetCalls, handsetMessages } from '../sandbox/client.ts'
import { keyAmong } from '../sandbox/credentials.ts'
import { parsePhone } from '../values/phone.ts'
import { requireSandbox } from '../verifications/start.ts'
import { say } from '../words/text.ts'

/**
 * The tenant's test calls as the simulated handsets saw them, newest first. The calling number ends with the
 * code.
 */
export async function sandboxCalls(context: ClientContext, input: { phone?: string | undefined }) {
  return { data: await fromHandsets(context, input, handsetCalls) }
}

/** The texts and Telegram messages that the simulated handsets of the tenant received, newest first. */
export async function sandboxMessages(context: ClientContext, input: { phone?: string | undefined }) {
  return { data: await fromHandsets(context, input, handsetMessages) }
}

/**
 * A simulated handset of the tenant calls a number. `awaited`: whether an operator waited for a call of this
 * phone to this number. Throws 422 for numbers that cannot exist.
 */
export async function sandboxInbound(context: ClientContext, input: { from: string; to: string }) {
  const e164 = (field: 'from' | 'to') => {
    const phone = parsePhone(input[field], context.actor.defaultRegion)
    if (!phone) throw invalid(field, 'phone')
    return phone.e164
  }
  return fromSandbox(context, (sandbox) => callFromHandset(sandbox, { from: e164('from'), to: e164('to') }))
}

async function fromHandsets<T>(
  context: ClientContext,
  input: { phone?: string | undefined },
  read: (handsets: Handsets) => Promise<T | null>,
): Promise<T> {
  return fromSandbox(context, (sandbox) =>
    read({ ...sandbox, phone: askedPhone(input.phone, context.actor.defaultRegion) }),
  )
}

/** Throws 403 for a live key, and 503 without a sandbox that answers. */
async function fromSandbox<T>(
  context: ClientContext,
  ask: (sandbox: Omit<Handsets, 'phone'>) => Promise<T | null>,
): Promise<T> {
  const { actor, config } = context
  if (actor.livemode) {
    throw new AppError('insufficient_scope', { detail: say('test_key_needed') })
  }
  requireSandbox(actor.livemode, config.SANDBOX_URL)
  const data = await ask({ sandboxUrl: config.SANDBOX_URL ?? '', token: await keyOf(context) })
  if (!data) throw new AppError('unavailable', { detail: say('sandbox_silent'), retryAfterSeconds: 2 })
  return data
}

/**
 * The key that the tenant's test calls use. It is stored, not derived, so it outlives a change of SECRET_KEY.
 */
async function keyOf({ db, actor, secrets }: ClientContext): Promise<string> {
  const { id, credentials, sandboxTenantId } = providerAccounts
  const [row] = await db.orm
    .select({ id, credentials })
    .from(providerAccounts)
    .where(eq(sandboxTenantId, actor.tenantId))
    .orderBy(asc(id))
    .limit(1)
  const key = row && keyAmong(JSON.parse(secrets.open(row.credentials, row.id)))
  if (!key) throw new Error('the tenant has no sandbox account')
  return key
}
