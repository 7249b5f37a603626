import { CompactSign, compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import type { App } from '../context.ts'
import { issuer, proofKeys } from './proof.ts'

/** What a signed statement is about, as its header says. */
export type StatementKind = 'ringproof-checkpoint' | 'ringproof-erasure'

/** Signs a statement that stays true: a compact JWS (EdDSA) by the proof key, without an expiry. */
export async function signStatement(
  { secrets, config }: Pick<App, 'secrets' | 'config'>,
  kind: StatementKind,
  claims: Record<string, unknown>,
): Promise<{ jws: string; kid: string }> {
  const [signing] = await proofKeys(secrets)
  if (!signing) throw new Error('there is no proof key')
  const payload = Buffer.from(JSON.stringify({ iss: issuer(config), ...claims }))
  const header = { alg: 'EdDSA', kid: signing.kid, typ: kind }
  const jws = await new CompactSign(payload).setProtectedHeader(header).sign(secrets.proof.privateKey)
  return { jws, kid: signing.kid }
}

export type CheckedStatement =
  | { kind: 'signed'; claims: Record<string, unknown> }
  /** By a key that this installation does not accept (any more): it proves nothing by itself. */
  | { kind: 'unknown key' }
  | { kind: 'forged' }

/** Checks a statement with the keys that proofs are checked with. */
export async function checkStatement(
  { secrets }: Pick<App, 'secrets'>,
  kind: StatementKind,
  jws: string,
): Promise<CheckedStatement> {
  try {
    const { kid, typ } = decodeProtectedHeader(jws)
    if (typ !== kind) return { kind: 'forged' }
    const key = (await proofKeys(secrets)).find((each) => each.kid === kid)
    if (!key) return { kind: 'unknown key' }
    const { payload } = await compactVerify(jws, await importJWK(key, 'EdDSA'))
    return { kind: 'signed', claims: JSON.parse(Buffer.from(payload).toString()) }
  } catch {
    return { kind: 'forged' }
  }
}
