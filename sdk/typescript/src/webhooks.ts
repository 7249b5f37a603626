import { bytesOf, fromBase64 } from './bytes.ts'
import { InvalidWebhookError } from './errors.ts'
import type { VerificationDetail } from './types.ts'

type Event<Type extends string, Data> = {
  /** The same in every try: process each id once. */
  id: string
  type: Type
  /** When it happened, RFC 3339. */
  timestamp: string
  data: Data
}

/** `sequence` rises within a verification: ignore a number below the last one you processed. */
type OfVerification = { verification: VerificationDetail; sequence: number }

/** A request from Ringproof: a webhook, or the question of a start hook (`start.requested`). */
export type WebhookEvent =
  | Event<
      `verification.${'created' | 'delivered' | 'approved' | 'locked' | 'failed' | 'expired' | 'cancelled' | 'denied'}`,
      OfVerification
    >
  | Event<'attempt.placed' | 'attempt.ended', OfVerification & { attempt: string }>
  | Event<
      'account.stopped' | 'account.recovered',
      { account: Record<string, unknown> | null; reason?: string }
    >
  | Event<'finding.created', { finding: Record<string, unknown> }>
  | Event<'webhook.test', { endpoint: string }>
  | Event<
      'start.requested',
      {
        phone: string
        channel: string
        client_ip: string | null
        device: string | null
        reference: string | null
        metadata: Record<string, string> | null
      }
    >

/** The headers of a request, as `Headers` or as Node and Express have them. */
export type RequestHeaders = Headers | Record<string, string | string[] | undefined>

const TOLERANCE_SECONDS = 300

export const webhooks = {
  /**
   * Verifies that Ringproof sent the request, by Standard Webhooks 1.0, and returns its event. `body`: the exact
   * bytes that arrived, or their text, before anything parsed them. `secret`: `whsec_…` of the endpoint. Throws
   * `InvalidWebhookError` for any other request, and for one that is more than five minutes old: answer it with 401.
   */
  async unwrap(body: string | Uint8Array, headers: RequestHeaders, secret: string): Promise<WebhookEvent> {
    const id = headerOf(headers, 'webhook-id')
    const timestamp = headerOf(headers, 'webhook-timestamp')
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
    if (!/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
      throw new InvalidWebhookError('The timestamp is more than five minutes off.')
    }
    const bytes = fromBase64(secret.replace(/^whsec_/, ''))
    // Anybody can sign with an empty key.
    if (bytes.length === 0) throw new TypeError('The secret of the webhook endpoint is empty.')
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'verify',
    ])
    const signed = bytesOf(`${id}.${timestamp}.${text}`)
    for (const signature of headerOf(headers, 'webhook-signature').split(' ')) {
      if (await isRight(key, signature, signed)) return { ...JSON.parse(text), id }
    }
    throw new InvalidWebhookError('No signature is by this secret.')
  },
}

function headerOf(headers: RequestHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name]
  if (typeof value !== 'string') throw new InvalidWebhookError(`The header ${name} is missing.`)
  return value
}

type Key = Parameters<typeof crypto.subtle.verify>[1]

async function isRight(key: Key, signature: string, signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const [version, value = ''] = signature.split(',')
  if (version !== 'v1') return false
  try {
    return await crypto.subtle.verify('HMAC', key, fromBase64(value), signed)
  } catch {
    return false
  }
}
