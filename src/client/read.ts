import { asc, eq } from 'drizzle-orm'
import type { ClientContext } from '../context.ts'
import { attempts, verifications } from '../db/schema/index.ts'
import { AppError } from '../errors.ts'
import { presentVerification } from '../verifications/present.ts'
import type { ClientVerificationView, VerificationView } from '../verifications/schemas.ts'
import { say } from '../words/text.ts'

/** A verification as the user's browser or app sees it. */
export function forClient({ reference: _, metadata: __, ...view }: VerificationView): ClientVerificationView {
  return view
}

/** The verification (UUID) of a client token, and its version: a number that rises with each change. */
export async function getOwn(
  { db }: Pick<ClientContext, 'db'>,
  id: string,
): Promise<{ version: number; view: ClientVerificationView }> {
  const [row] = await db.orm.select().from(verifications).where(eq(verifications.id, id))
  if (!row) throw new AppError('not_found', { detail: say('unknown_verification') })
  const calls = await db.orm
    .select({ status: attempts.status, placingAt: attempts.placingAt, createdAt: attempts.createdAt })
    .from(attempts)
    .where(eq(attempts.verificationId, id))
    .orderBy(asc(attempts.ordinal))
  return { version: row.auditSeq, view: forClient(presentVerification(row, calls)) }
}
