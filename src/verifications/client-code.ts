import type { Draft } from '../draft/draft.ts'
import type { Attempt, Verification } from '../draft/rows.ts'
import type { Secrets } from '../secrets.ts'
import { isActive } from '../values/statuses.ts'
import { isLive } from './code.ts'

/** Whether a client at a door compares the code, and not we. */
export const isCheckedByClient = ({
  compatCredentialId,
}: Pick<Verification, 'compatCredentialId'>): boolean => compatCredentialId !== null

/** Seals the code of a verification that its client checks; it opens for no other verification. */
export const sealCode = (secrets: Secrets, verificationId: string, code: string): Buffer =>
  secrets.seal(code, `code ${verificationId}`)

/** The sealed code in clear; null while there is none, and once the verification has ended. */
export function openCode(
  { id, sealedCode }: Pick<Verification, 'id' | 'sealedCode'>,
  secrets: Secrets,
): string | null {
  return sealedCode && secrets.open(sealedCode, `code ${id}`)
}

/**
 * The only code that `attempt` may carry: the client knows one, and compares one, or the phone may show one. Null
 * if any will do.
 */
export function boundCode(draft: Draft, attempt: Attempt, secrets: Secrets): string | null {
  return isBound(draft, attempt) ? openCode(draft.verification, secrets) : null
}

/** Keeps the code of an attempt for the client, unless it must get another one. */
export function keepForClient(draft: Draft, attempt: Attempt, code: string, secrets: Secrets): void {
  const { verification } = draft
  if (!isCheckedByClient(verification) || !isActive(verification.status)) return
  if (verification.sealedCode && isBound(draft, attempt)) return
  verification.sealedCode = sealCode(secrets, verification.id, code)
}

const isBound = ({ verification, attempts }: Draft, attempt: Attempt): boolean =>
  verification.codeKnownAt !== null || attempts.some((other) => other !== attempt && isLive(other))
