import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import type { webhookEndpoints } from '../db/schema/events.ts'
import type { Secrets } from '../secrets.ts'

type Row = Pick<typeof webhookEndpoints.$inferSelect, 'id' | 'secret' | 'formerSecret' | 'formerUntil'>

const SECRET_BYTES = 32

/** A new signing secret, as Standard Webhooks writes it. */
export const newSecret = () => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`

/** Binds a sealed secret to its endpoint. */
export const sealContext = (endpointId: string) => `webhook endpoint ${endpointId}`

/**
 * Signs for an endpoint: with its secret and, during the overlap of a rotation, with the former one. Throws if
 * SECRET_KEY no longer opens the secret.
 */
export function signerOf(secrets: Secrets, { id, secret, formerSecret, formerUntil }: Row, now: Date) {
  const former = formerSecret && formerUntil && formerUntil > now ? [formerSecret] : []
  const signers = [secret, ...former].map((sealed) => new Webhook(secrets.open(sealed, sealContext(id))))
  return (webhookId: string, at: Date, body: string) =>
    signers.map((signer) => signer.sign(webhookId, at, body)).join(' ')
}
