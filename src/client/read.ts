import { asc, inArray } from 'drizzle-orm'
import type { App } from '../context.ts'
import { attempts, verifications } from '../db/schema/index.ts'
import { presentVerification } from '../verifications/present.ts'
import type { ClientVerificationView, VerificationView } from '../verifications/schemas.ts'

/** A verification as the user's browser or app sees it. */
export function forClient({ reference: _, metadata: __, ...view }: VerificationView): ClientVerificationView {
  return view
}

/** `version` rises with each change. */
export type OwnState = { id: string; version: number; view: ClientVerificationView }

/** Verifications (UUIDs) as their users' browsers see them. */
export async function readOwn({ db }: Pick<App, 'db'>, ids: readonly string[]): Promise<OwnState[]> {
  const rows = await db.orm
    .select()
    .from(verifications)
    .where(inArray(verifications.id, [...ids]))
  const { verificationId, status, placingAt, createdAt } = attempts
  const calls = await db.orm
    .select({ verificationId, status, placingAt, createdAt })
    .from(attempts)
    .where(inArray(verificationId, [...ids]))
    .orderBy(asc(attempts.ordinal))
  const own = Map.groupBy(calls, (call) => call.verificationId)
  return rows.map((row) => ({
    id: row.id,
    version: row.auditSeq,
    view: forClient(presentVerification(row, own.get(row.id) ?? [])),
  }))
}
