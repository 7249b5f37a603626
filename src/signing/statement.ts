import { CompactSign, compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import type { App } from '../context.ts'
import { issuer, type ProofKey, proofKeys } from './proof.ts'

/** The kind of a signed statement: the `typ` of its header. */
export type StatementKind =
  | 'ringproof-checkpoint'
  | 'ringproof-erasure'
  | 'ringproof-result'
  | 'ringproof-archive'

/** Signs a statement with the proof key, as a compact JWS (EdDSA) without an expiry. */
export async function signStatement(
  { secrets, config }: Pick<App, 'secrets' | 'config'>,
  kind: StatementKind,
  claims: Record<string, unknown>,
): Promise<{ jws: string; kid: string }> {
  const [signing] = await proofKeys(secrets)
  if (!signing) throw new Error('no proof key')
  const payload = Buffer.from(JSON.stringify({ iss: issuer(config), ...claims }))
  const header = { alg: 'EdDSA', kid: signing.kid, typ: kind }
  const jws = await new CompactSign(payload).setProtectedHeader(header).sign(secrets.proof.privateKey)
  return { jws, kid: signing.kid }
}

export type CheckedStatement =
  | { kind: 'signed'; claims: Record<string, unknown> }
  /** Signed by a key that this installation does not, or no longer, accept: it proves nothing by itself. */
  | { kind: 'unknown key' }
  | { kind: 'forged' }

/** Checks a statement against the proof keys. */
export async function checkStatement(
  { secrets }: Pick<App, 'secrets'>,
  kind: StatementKind,
  jws: string,
): Promise<CheckedStatement> {
  return checkSigned(await proofKeys(secrets), kind, jws)
}

/** Checks a statement against these keys. */
export async function checkSigned(
  keys: readonly ProofKey[],
  kind: StatementKind,
  jws: string,
): Promise<CheckedStatement> {
  try {
    const { kid, typ } = decodeProtectedHeader(jws)
    if (typ !== kind) return { kind: 'forged' }
    const key = keys.find((each) => each.kid === kid)
    if (!key) return { kind: 'unknown key' }
    const { payload } = await compactVerify(jws, await importJWK(key, 'EdDSA'))
    return { kind: 'signed', claims: JSON.parse(Buffer.from(payload).toString()) }
  } catch {
    return { kind: 'forged' }
  }
}
