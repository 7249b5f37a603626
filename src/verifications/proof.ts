import { calculateJwkThumbprint, exportJWK, SignJWT } from 'jose'
import type { App } from '../context.ts'
import { publicId } from '../ids.ts'
import type { Secrets } from '../secrets.ts'
import type { Verification } from './draft.ts'

const LIFETIME_SECONDS = 600

const published = new WeakMap<Secrets, Promise<{ kid: string; jwk: Record<string, unknown> }>>()

/** The public proof key as a JWK; its id is its RFC 7638 thumbprint. */
export function proofKey(secrets: Secrets) {
  const known = published.get(secrets)
  if (known) return known
  const made = exportJWK(secrets.proof.publicKey).then(async (key) => {
    const kid = await calculateJwkThumbprint(key)
    return { kid, jwk: { ...key, kid, alg: 'EdDSA', use: 'sig' } }
  })
  published.set(secrets, made)
  return made
}

/** Name of this installation in proofs. */
export function issuer(config: App['config']): string {
  return config.PUBLIC_URL ?? 'ringproof'
}

/** A signed statement, good for ten minutes, that the phone was verified for the tenant. */
export async function signProof(
  { secrets, config }: Pick<App, 'secrets' | 'config'>,
  row: Verification,
): Promise<string> {
  const { kid } = await proofKey(secrets)
  const issued = Math.floor((row.completedAt ?? new Date()).getTime() / 1000)
  return new SignJWT({})
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' })
    .setIssuer(issuer(config))
    .setAudience(publicId('tenant', row.tenantId))
    .setSubject(row.phone)
    .setJti(publicId('verification', row.id))
    .setIssuedAt(issued)
    .setExpirationTime(issued + LIFETIME_SECONDS)
    .sign(secrets.proof.privateKey)
}
