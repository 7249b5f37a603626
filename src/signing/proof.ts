import { sign } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import type { App, TenantActor } from '../context.ts'
import type { Secrets } from '../secrets.ts'
import { publicId } from '../values/ids.ts'

/** How long after its approval a verification can be proved. */
export const PROOF_SECONDS = 600

type ProofKey = { kid: string } & Record<string, unknown>

const published = new WeakMap<Secrets, Promise<ProofKey[]>>()

/**
 * The public keys that proofs are checked with, as JWKs, the one that signs first; each one's id is its RFC 7638 thumbprint.
 * While SECRET_KEY is rotated there are several, so that no verifier meets a proof whose key it cannot find.
 */
export function proofKeys(secrets: Secrets): Promise<ProofKey[]> {
  const known = published.get(secrets)
  if (known) return known
  const made = Promise.all(
    secrets.proofKeys.map(async (publicKey) => {
      const key = await exportJWK(publicKey)
      return { ...key, kid: await calculateJwkThumbprint(key), alg: 'EdDSA', use: 'sig' }
    }),
  )
  published.set(secrets, made)
  return made
}

/** Name of this installation in proofs. */
export function issuer(config: App['config']): string {
  return config.PUBLIC_URL ?? 'ringproof'
}

/** What a proof says of a verification: its public id, the phone in E.164, and when it ended, in RFC 3339. */
export type Provable = { id: string; phone: string; channel: string; completed_at: string | null }

/** A signed statement, good for ten minutes from the approval, that the phone was verified for the tenant. */
export async function signProof(
  { secrets, config, actor }: Pick<App, 'secrets' | 'config'> & { actor: Pick<TenantActor, 'tenantId'> },
  { id, phone, channel, completed_at }: Provable,
): Promise<string> {
  const [signing] = await proofKeys(secrets)
  if (!signing) throw new Error('there is no proof key')
  if (!completed_at) throw new Error('a proof is for what has ended')
  const issued = Math.floor(Date.parse(completed_at) / 1000)
  const claims = {
    iss: issuer(config),
    aud: publicId('tenant', actor.tenantId),
    sub: phone,
    jti: id,
    amr: [channel],
    iat: issued,
    exp: issued + PROOF_SECONDS,
  }
  const signed = `${encode({ alg: 'EdDSA', kid: signing.kid, typ: 'JWT' })}.${encode(claims)}`
  // Not by jose: it signs in another thread, and going there and back takes longer than the signature.
  const signature = sign(null, Buffer.from(signed), secrets.proof.privateKey)
  return `${signed}.${signature.toString('base64url')}`
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
