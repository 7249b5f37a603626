import type { App } from '../context.ts'
import type { Sql } from '../db/client.ts'
import type { ProofKey } from '../signing/proof.ts'
import { type CheckedStatement, checkSigned, checkStatement } from '../signing/statement.ts'

/** What an archive is checked against. */
export type Trust = {
  /** Checks a signed statement against the keys at hand. */
  check(kind: 'ringproof-archive' | 'ringproof-checkpoint', jws: string): Promise<CheckedStatement>
  /** The database that it came from; null: the files are checked by themselves. */
  sql: Sql | null
}

/** The keys, records and checkpoints of the installation. */
export const trustIn = (app: Pick<App, 'db' | 'secrets'>): Trust => ({
  check: (kind, jws) => checkStatement(app, kind, jws),
  sql: app.db.sql,
})

/** The keys of `/.well-known/jwks.json` alone. */
export const trustInKeys = (keys: readonly ProofKey[]): Trust => ({
  check: (kind, jws) => checkSigned(keys, kind, jws),
  sql: null,
})
