import { sign } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import type { App, TenantActor } from '../context.ts'
import type { Secrets } from '../secrets.ts'
import { publicId } from '../values/ids.ts'

/** A proof expires this long after the approval. */
export const PROOF_SECONDS = 600

/** A public key as a JWK. */
export type ProofKey = { kid: string } & Record<string, unknown>

const published = new WeakMap<Secrets, Promise<ProofKey[]>>()

/**
 * The public keys for checking proofs, as JWKs; the signing key comes first. `kid` is the RFC 7638
 * thumbprint. During a rotation of SECRET_KEY the set includes the other keys, so that a verifier finds the
 * key of every proof.
 */
export function proofKeys(secrets: Secrets): Promise<ProofKey[]> {
  const known = published.get(secrets)
  if (known) return known
  const keys = Promise.all(
    secrets.proofKeys.map(async (publicKey) => {
      const key = await exportJWK(publicKey)
      return { ...key, kid: await calculateJwkThumbprint(key), alg: 'EdDSA', use: 'sig' }
    }),
  )
  published.set(secrets, keys)
  return keys
}

/** The `iss` of proofs and signed statements. */
export function issuer(config: App['config']): string {
  return config.PUBLIC_URL ?? 'ringproof'
}

/** The facts in a proof: public id, phone in E.164, end of the verification in RFC 3339. */
export type Provable = { id: string; phone: string; channel: string; completed_at: string | null }

/** Signs a JWT that the phone was verified for the tenant, valid for `PROOF_SECONDS` from the approval. */
export async function signProof(
  { secrets, config, actor }: Pick<App, 'secrets' | 'config'> & { actor: Pick<TenantActor, 'tenantId'> },
  { id, phone, channel, completed_at }: Provable,
): Promise<string> {
  const [signing] = await proofKeys(secrets)
  if (!signing) throw new Error('no proof key')
  if (!completed_at) throw new Error('only a completed verification has a proof')
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
  // jose signs on another thread; the round trip takes longer than the signature.
  const signature = sign(null, Buffer.from(signed), secrets.proof.privateKey)
  return `${signed}.${signature.toString('base64url')}`
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
