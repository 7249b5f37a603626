import { randomInt } from 'node:crypto'
import { canCarry } from '../calls/draw.ts'
import { CHANNEL_FACTS, type Step } from '../channels/channels.ts'
import { author } from '../context.ts'
import { AppError, invalid } from '../errors.ts'
import { runInTurn } from '../idempotency/in-turn.ts'
import type { Leases } from '../idempotency/lease.ts'
import { once } from '../idempotency/once.ts'
import { refusalOf } from '../limits/refusal.ts'
import { label } from '../process/tracing.ts'
import { newId, parseId } from '../values/ids.ts'
import { type Phone, parsePhone } from '../values/phone.ts'
import { askHook } from '../verifications/ask-hook.ts'
import { sealCode } from '../verifications/client-code.ts'
import type { Start } from '../verifications/new-verification.ts'
import type { VerificationView } from '../verifications/schemas.ts'
import { requireSandbox, unreadablePhone } from '../verifications/start.ts'
import type { Started } from '../verifications/start-group.ts'
import { say } from '../words/text.ts'
import type { DoorContext } from './context.ts'

/**
 * A start at a door. `phone`: in any notation. `steps`: one, or a workflow; an inbound call only alone. `code`: the
 * client's own, digits only. `digits`: of a code that we draw for the client, where it has none of its own; without either the operator or a pool makes it. `ttlSeconds`: 30 to 900. `metadata`: what the door must find again with the call.
 */
export type DoorInput = {
  phone: string
  steps: readonly [Step, ...Step[]]
  code?: string
  digits?: number
  ttlSeconds: number
  metadata?: Record<string, string>
}

/** `number`: the id of the call at the door; rises within tenant and mode. */
export type AtDoor = { number: number; verification: VerificationView }

/**
 * Starts a verification as `start` does, under the same limits, prices and audit. The same request of the same
 * credential within ten seconds gets the same result, a refusal included, and calls nobody again, whichever
 * process it reaches. Throws `CodeNotTaken` if no account can carry the client's code, 422 for an impossible
 * phone or a code of anything but digits, and the refusals of the policy.
 */
export type StartAtDoor = (context: DoorContext, input: DoorInput) => Promise<AtDoor>

/** 422: no account of the route can carry the code that the client chose. */
export class CodeNotTaken extends AppError {
  constructor() {
    super('invalid_request', { errors: [{ path: 'code', text: say('code_not_taken') }] })
  }
}

const REPEAT_SECONDS = 10
const MAX_CHECKS = 3

export async function startAtDoor(leases: Leases, context: DoorContext, input: DoorInput): Promise<AtDoor> {
  const { actor, config, secrets, db } = context
  const { code = null, digits = null, steps, ttlSeconds, metadata = null } = input
  const phone = parsePhone(input.phone, actor.defaultRegion)
  if (!phone) throw unreadablePhone(actor.defaultRegion)
  if (code !== null && !/^\d{1,8}$/.test(code)) throw invalid('code', 'code_digits')
  requireSandbox(actor.livemode, config.SANDBOX_URL)
  const asked = [actor.credentialId, phone.e164, steps, code, digits, ttlSeconds, metadata]
  const request = `door\n${JSON.stringify(asked)}`
  const key = `door ${secrets.fingerprint(request).toString('hex')}`
  const { verification, denied } = await runInTurn(
    leases,
    context,
    { key, request, keptSeconds: REPEAT_SECONDS },
    (context) => once(context, () => submit(context, phone, input)),
  )
  label({ verification: verification.id })
  if (denied) throw refusalOf(denied, { verification: verification.id })
  const [call] = await db.sql<{ number: number }[]>`
    select number from compat_calls where verification_id = ${parseId('verification', verification.id)}`
  if (!call) throw new Error('a verification of a door has no number')
  return { number: call.number, verification }
}

async function submit(context: DoorContext, phone: Phone, input: DoorInput): Promise<Started> {
  const { actor, secrets, starts, policies, claim = null } = context
  const { digits, steps, ttlSeconds, metadata = null } = input
  const code = input.code ?? (digits === undefined ? undefined : draw(digits))
  if (code !== undefined) await requireCarrier(context, phone, steps, code)
  const id = newId()
  const start: Start = {
    id,
    tenantId: actor.tenantId,
    livemode: actor.livemode,
    phone,
    steps,
    isWorkflow: steps.length > 1,
    ttlSeconds,
    maxChecks: MAX_CHECKS,
    locale: null,
    reference: null,
    clientIp: null,
    requester: null,
    metadata,
    author: author(context),
    claim,
    hook: null,
    door: {
      credentialId: actor.credentialId,
      isCodeChecked: steps.some(({ channel }) => !CHANNEL_FACTS[channel].codeOrigins.includes('none')),
      code:
        code === undefined
          ? null
          : { sealed: sealCode(secrets, id, code), length: code.length, isOwn: input.code !== undefined },
    },
  }
  const { hook } = await policies.of(actor.tenantId)
  return starts.submit(hook ? await askHook(context, hook, start, null) : start)
}

const draw = (digits: number) => String(randomInt(10 ** digits)).padStart(digits, '0')

/** Without any route, the policy's own refusal is clearer. */
async function requireCarrier(
  { routing, actor }: DoorContext,
  phone: Phone,
  steps: DoorInput['steps'],
  code: string,
): Promise<void> {
  const { tenantId, livemode } = actor
  const channels = steps.map(({ channel }) => channel)
  const served = await routing.served({ tenantId, livemode, phone: phone.e164 }, channels)
  if (served.size === 0) return
  for (const [channel, route] of served) {
    if (route.some((routed) => canCarry(routed, channel, code))) return
  }
  throw new CodeNotTaken()
}
