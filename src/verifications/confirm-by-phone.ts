import { author, type ClientContext } from '../context.ts'
import { type Changed, change } from '../draft/change.ts'
import { AppError } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { requesterOf } from '../limits/requester.ts'
import { parsePhone } from '../values/phone.ts'
import { say } from '../words/text.ts'
import { type Check, type CheckResult, checkPhone } from './check.ts'
import { answerTo, readDigits } from './confirm.ts'
import { LIVE_READ_MAX } from './live.ts'
import type { ConfirmByPhoneInput } from './schemas.ts'
import { unreadablePhone } from './start.ts'

/** A start may supersede the verifications between finding and locking them. */
const TRIES = 3

/**
 * Submits a code for the live verifications of a phone: the requester's own first, then the others. With
 * `reference`, only for verifications started with it. Otherwise like `confirm`. Throws 404 if none is live.
 */
export async function confirmByPhone(context: ClientContext, input: ConfirmByPhoneInput) {
  const { secrets, actor } = context
  const digits = readDigits(input.code)
  const phone = parsePhone(input.phone, actor.defaultRegion)
  if (!phone) throw unreadablePhone(actor.defaultRegion)
  const requester = requesterOf(secrets, actor.tenantId, input)
  const { reference = null } = input
  const submitted = { digits, requester }
  const changed = await once(context, () => checkLive(context, phone.e164, reference, submitted))
  if (changed?.found && changed.result) return answerTo(context, changed.result)
  throw new AppError('not_found', { detail: say('phone_not_live') })
}

async function checkLive(
  context: ClientContext,
  phone: string,
  reference: string | null,
  submitted: Pick<Check, 'digits' | 'requester'>,
): Promise<Changed<CheckResult | null> | null> {
  const { secrets, actor, claim } = context
  for (let i = 0; i < TRIES; i++) {
    const [verificationId, ...others] = await findLive(context, phone, reference)
    if (!verificationId) return null
    const changed = await change(context, {
      verificationId,
      others,
      owner: actor,
      author: author(context),
      needs: ['guesses'],
      requester: submitted.requester,
      claim,
      decide: (draft, others) => checkPhone([draft, ...others], { ...submitted, secrets }),
    })
    if (changed.found && changed.result) return changed
  }
  return null
}

async function findLive({ db, actor }: ClientContext, phone: string, reference: string | null) {
  const rows = await db.sql<{ id: string }[]>`
    select id from live_verifications l join verifications v on v.id = l.verification_id
    where l.tenant_id = ${actor.tenantId} and l.livemode = ${actor.livemode} and l.phone = ${phone}
      and (${reference}::text is null or v.reference = ${reference}::text)
    limit ${LIVE_READ_MAX}`
  return rows.map(({ id }) => id)
}
