import { CHAIN_START } from '../../src/audit/chain.ts'
import { type BareDraft, newDraft } from '../../src/draft/draft.ts'
import type { Verification } from '../../src/draft/rows.ts'
import { newId } from '../../src/values/ids.ts'

/** A draft of a verification that is in no database, to test decisions alone. */
export function draftOf(overrides: Partial<Verification> = {}, now = new Date()): BareDraft {
  return newDraft(now, {
    id: newId(),
    tenantId: newId(),
    livemode: false,
    phone: '+79243555100',
    country: 'RU',
    channel: 'flash_call',
    workflow: null,
    step: 0,
    nextAt: null,
    status: 'pending',
    checksLeft: 3,
    maxChecks: 3,
    retries: 0,
    attempts: 0,
    codeLength: null,
    locale: null,
    codeLengths: [4],
    callerHint: null,
    callTo: null,
    callToKey: null,
    reference: null,
    clientIp: null,
    requester: null,
    metadata: null,
    failureCode: null,
    compatCredentialId: null,
    sealedCode: null,
    codeKnownAt: null,
    feedback: null,
    tallied: null,
    createdAt: now,
    expiresAt: new Date(now.getTime() + 300_000),
    deliveredAt: null,
    completedAt: null,
    auditSeq: 0,
    auditHead: CHAIN_START,
    ...overrides,
  })
}
