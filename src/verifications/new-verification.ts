import { CHAIN_START } from '../audit/chain.ts'
import type { Step } from '../channels/channels.ts'
import type { Author, Claim } from '../context.ts'
import type { Verification } from '../draft/rows.ts'
import type { HookDecision } from '../events/start-hook.ts'
import type { Requester } from '../secrets.ts'
import type { Phone } from '../values/phone.ts'

/** A requested start. */
export type Start = {
  id: string
  tenantId: string
  livemode: boolean
  phone: Phone
  /** At least one. Without a workflow, a step that waits for the end. */
  steps: readonly [Step, ...Step[]]
  isWorkflow: boolean
  ttlSeconds: number
  maxChecks: number
  /** A canonical language tag. */
  locale: string | null
  reference: string | null
  clientIp: string | null
  requester: Requester | null
  metadata: Record<string, string> | null
  author: Author
  claim: Claim | null
  /** What the tenant's hook decided; null without a hook. */
  hook: HookDecision | null
  /** The start came through a door. */
  door?: DoorStart
}

/**
 * `isCodeChecked`: the client compares the code; false without a code. `code`: known from the start, sealed for this
 * verification; `isOwn`: the client chose it; null if it comes with the call.
 */
export type DoorStart = {
  credentialId: string
  isCodeChecked: boolean
  code: { sealed: Buffer; length: number; isOwn: boolean } | null
}

/** The row of a verification that starts at `now`. `codeLengths`: of all codes that can come. */
export function newVerification(now: Date, start: Start, codeLengths: number[]): Verification {
  return {
    id: start.id,
    tenantId: start.tenantId,
    livemode: start.livemode,
    phone: start.phone.e164,
    country: start.phone.country,
    channel: start.steps[0].channel,
    workflow: start.isWorkflow ? [...start.steps] : null,
    step: 0,
    nextAt: null,
    status: 'pending',
    checksLeft: start.maxChecks,
    maxChecks: start.maxChecks,
    retries: 0,
    attempts: 0,
    codeLength: null,
    codeLengths: start.door?.code ? [start.door.code.length] : codeLengths,
    callerHint: null,
    locale: start.locale,
    callTo: null,
    callToKey: null,
    reference: start.reference,
    clientIp: start.clientIp,
    requester: start.requester?.[0] ?? null,
    metadata: start.metadata,
    failureCode: null,
    compatCredentialId: start.door?.isCodeChecked ? start.door.credentialId : null,
    sealedCode: start.door?.code?.sealed ?? null,
    codeKnownAt: start.door?.code ? now : null,
    feedback: null,
    tallied: null,
    createdAt: now,
    expiresAt: new Date(now.getTime() + start.ttlSeconds * 1000),
    deliveredAt: null,
    completedAt: null,
    auditSeq: 0,
    auditHead: CHAIN_START,
  }
}
