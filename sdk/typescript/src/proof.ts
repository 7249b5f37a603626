import { bytesOf, fromBase64 } from './bytes.ts'
import { InvalidProofError } from './errors.ts'
import type { Send } from './send.ts'

/** What a proof says. */
export type ProofClaims = {
  iss: string
  /** Your tenant, `ten_…`. */
  aud: string
  /** The phone, in E.164. */
  sub: string
  /** The verification, `ver_…`: accept each once. */
  jti: string
  /** The channel that approved. */
  amr: string[]
  /** The approval, in seconds since 1970. */
  iat: number
  exp: number
}

export type ProofOptions = {
  /** Your tenant, `ten_…`. */
  audience: string
  /** The phone that you are about to trust, in E.164. Without it, compare `sub` yourself. */
  phone?: string
  /** By default what an installation signs with: its `PUBLIC_URL` if that is `baseUrl`, or `ringproof`. */
  issuer?: string
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>
type Jwk = { kid: string; kty: string; crv: string; x: string }

const KEYS_FRESH_MS = 600_000
/** Proofs with invented key ids must not cause a request each. */
const KEYS_PAUSE_MS = 10_000

/** Checks proofs with the published keys, which are cached for ten minutes and fetched again for an unknown one. */
export function createProofVerifier(send: Send, baseUrl: string) {
  let keys: Promise<Map<string, Key>> | undefined
  let fetchedAt = 0

  function fetchKeys(): Promise<Map<string, Key>> {
    fetchedAt = Date.now()
    const fetching = send<{ keys: Jwk[] }>({ method: 'GET', path: '/.well-known/jwks.json' }).then(importKeys)
    keys = fetching
    // The next proof asks again.
    fetching.catch(() => {
      if (keys === fetching) keys = undefined
    })
    return fetching
  }

  async function keyOf(kid: string): Promise<Key | undefined> {
    const age = () => Date.now() - fetchedAt
    const known = await (keys && age() < KEYS_FRESH_MS ? keys : fetchKeys())
    if (known.has(kid) || age() < KEYS_PAUSE_MS) return known.get(kid)
    return (await fetchKeys()).get(kid)
  }

  return async (proof: string, { audience, phone, issuer }: ProofOptions): Promise<ProofClaims> => {
    const [head = '', body = '', signature = '', ...rest] = proof.split('.')
    const header = decode(head)
    if (header.alg !== 'EdDSA' || typeof header.kid !== 'string' || rest.length > 0) {
      throw new InvalidProofError('It is no proof of Ringproof.')
    }
    const key = await keyOf(header.kid)
    if (!key || !(await isSigned(key, signature, `${head}.${body}`))) {
      throw new InvalidProofError('It is not signed by this installation.')
    }
    const claims = decode(body) as ProofClaims
    const issuers = issuer === undefined ? ['ringproof', baseUrl] : [issuer]
    if (!issuers.includes(claims.iss)) throw new InvalidProofError(`Its issuer is ${claims.iss}.`)
    if (claims.aud !== audience) throw new InvalidProofError('It is for another tenant.')
    if (!(claims.exp > Date.now() / 1000)) throw new InvalidProofError('It has expired.')
    if (phone !== undefined && claims.sub !== phone) throw new InvalidProofError('It is for another phone.')
    return claims
  }
}

async function importKeys({ keys }: { keys: Jwk[] }): Promise<Map<string, Key>> {
  const own = keys.filter(({ kty, crv }) => kty === 'OKP' && crv === 'Ed25519')
  const imported = own.map(async ({ kid, kty, crv, x }) => {
    const key = await crypto.subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', false, ['verify'])
    return [kid, key] as const
  })
  return new Map(await Promise.all(imported))
}

async function isSigned(key: Key, signature: string, signed: string): Promise<boolean> {
  try {
    return await crypto.subtle.verify('Ed25519', key, fromBase64(signature), bytesOf(signed))
  } catch {
    return false
  }
}

function decode(part: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(new TextDecoder().decode(fromBase64(part))) }
  } catch {
    throw new InvalidProofError('It is no JWT.')
  }
}
