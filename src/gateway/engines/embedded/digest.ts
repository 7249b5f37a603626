import { createHash, randomBytes } from 'node:crypto'
import type { Challenge, Headers, Response } from 'sip'

export type Credentials = { username: string; password: string }

const HASHES: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256' }

/** Messages are written byte by byte: a letter outside of ASCII would become another one, even the end of a line. */
const bytesOf = (text: string) => Buffer.from(text).toString('latin1')
const unquoted = (text: string | undefined) => text?.replace(/^"([\s\S]*)"$/, '$1')
const quoted = (text: string) => `"${text}"`

/**
 * The headers that answer a 401 or 407 (RFC 7616, RFC 8760): for each realm the first challenge with an
 * algorithm that we know. Null if there is none, or no credentials. `cnonce`: for tests.
 */
export function answerChallenge(
  reply: Pick<Response, 'status' | 'headers'>,
  request: { method: string; uri: string },
  { username, password }: Credentials,
  cnonce = randomBytes(8).toString('hex'),
): Partial<Headers> | null {
  if (username === '') return null
  const isProxy = reply.status === 407
  const challenges = reply.headers[isProxy ? 'proxy-authenticate' : 'www-authenticate'] ?? []
  const byRealm = new Map<string, Challenge>()
  for (const challenge of challenges) {
    const realm = unquoted(challenge.realm)
    if (realm === undefined || byRealm.has(realm) || !canAnswer(challenge)) continue
    byRealm.set(realm, challenge)
  }
  if (byRealm.size === 0) return null
  const answers = [...byRealm.values()].map((challenge) =>
    answer(challenge, request, { username, password }, cnonce),
  )
  return { [isProxy ? 'proxy-authorization' : 'authorization']: answers }
}

/** Whether the server says that only the nonce was too old: the credentials may be right. */
export function isStale({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  const challenges = headers[status === 407 ? 'proxy-authenticate' : 'www-authenticate'] ?? []
  return challenges.some(({ stale }) => unquoted(stale)?.toLowerCase() === 'true')
}

const algorithmOf = ({ algorithm }: Challenge) => unquoted(algorithm)?.toLowerCase() ?? 'md5'
const qopsOf = ({ qop }: Challenge) =>
  unquoted(qop)
    ?.split(',')
    .map((each) => each.trim().toLowerCase()) ?? []

function canAnswer(challenge: Challenge): boolean {
  const qops = qopsOf(challenge)
  return (
    challenge.scheme?.toLowerCase() === 'digest' &&
    challenge.nonce !== undefined &&
    Object.hasOwn(HASHES, algorithmOf(challenge)) &&
    (qops.length === 0 || qops.includes('auth'))
  )
}

function answer(
  challenge: Challenge,
  { method, uri }: { method: string; uri: string },
  credentials: Credentials,
  cnonce: string,
): Challenge {
  const username = bytesOf(credentials.username)
  const hash = (...parts: string[]) =>
    createHash(HASHES[algorithmOf(challenge)] ?? 'md5')
      .update(parts.join(':'), 'latin1')
      .digest('hex')
  const realm = unquoted(challenge.realm) ?? ''
  const nonce = unquoted(challenge.nonce) ?? ''
  const secret = hash(username, realm, bytesOf(credentials.password))
  const what = hash(method, uri)
  const nc = '00000001'
  const withQop = qopsOf(challenge).length > 0
  return {
    scheme: 'Digest',
    username: quoted(username),
    realm: quoted(realm),
    nonce: quoted(nonce),
    uri: quoted(uri),
    ...(challenge.algorithm !== undefined && { algorithm: unquoted(challenge.algorithm) ?? '' }),
    ...(withQop && { qop: 'auth', nc, cnonce: quoted(cnonce) }),
    ...(challenge.opaque !== undefined && { opaque: challenge.opaque }),
    response: quoted(withQop ? hash(secret, nonce, nc, cnonce, 'auth', what) : hash(secret, nonce, what)),
  }
}
