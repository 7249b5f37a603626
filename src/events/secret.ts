import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import type { Secrets } from '../secrets.ts'

/** A sealed secret and, during the overlap of a rotation, the former one. */
export type SealedSecrets = { secret: Buffer; formerSecret: Buffer | null; formerUntil: Date | null }

const SECRET_BYTES = 32

/** A new signing secret, as Standard Webhooks writes it. */
export const newSecret = () => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`

/** Binds a sealed secret to its endpoint. */
export const sealContext = (endpointId: string) => `webhook endpoint ${endpointId}`

/** The secrets in force at `now`, as libraries of Standard Webhooks. Throws if SECRET_KEY no longer opens one. */
export function signersOf(
  secrets: Secrets,
  context: string,
  { secret, formerSecret, formerUntil }: SealedSecrets,
  now: Date,
): Webhook[] {
  const former = formerSecret && formerUntil && formerUntil > now ? [formerSecret] : []
  return [secret, ...former].map((sealed) => new Webhook(secrets.open(sealed, context)))
}

/** The headers of a request with this body, signed by each of `signers`. */
export function signedHeaders(signers: readonly Webhook[], id: string, body: string): Record<string, string> {
  const at = new Date()
  return {
    'content-type': 'application/json',
    'user-agent': 'Ringproof-Webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signers.map((signer) => signer.sign(id, at, body)).join(' '),
  }
}
