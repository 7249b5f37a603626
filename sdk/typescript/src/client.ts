import { createProofVerifier, type ProofClaims, type ProofOptions } from './proof.ts'
import { type ClientOptions, createSend } from './send.ts'
import { Verifications } from './verifications.ts'
import { webhooks } from './webhooks.ts'

/**
 * A client of one installation. Make one and share it. Failed connections, 429 and 503 with `Retry-After` (up to
 * ten seconds) and 5xx are repeated twice under the same `Idempotency-Key`, so that a phone is called once.
 */
export class Ringproof {
  readonly verifications: Verifications
  readonly webhooks = webhooks
  /**
   * Checks a proof offline, with the published keys of the installation, and returns what it says. Needs no API
   * key. Throws `InvalidProofError`.
   */
  readonly verifyProof: (proof: string, options: ProofOptions) => Promise<ProofClaims>

  constructor(options: ClientOptions) {
    const send = createSend(options)
    this.verifications = new Verifications(send)
    this.verifyProof = createProofVerifier(send, options.baseUrl.replace(/\/+$/, ''))
  }
}
