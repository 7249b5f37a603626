import { and, eq } from 'drizzle-orm'
import type { ClientContext } from '../context.ts'
import { verifications } from '../db/schema/index.ts'
import { AppError } from '../errors.ts'
import { parseId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import { isFinal } from './state.ts'

/**
 * The progress of a verification, for pages that follow it live. `version` changes with every event. Throws
 * 404.
 */
export async function pulse({ db, actor }: ClientContext, input: { id: string }) {
  const id = parseId('verification', input.id)
  const { status, auditSeq, tenantId, livemode } = verifications
  const [row] = id
    ? await db.orm
        .select({ status, auditSeq })
        .from(verifications)
        .where(and(eq(verifications.id, id), eq(tenantId, actor.tenantId), eq(livemode, actor.livemode)))
    : []
  if (!row) throw new AppError('not_found', { detail: say('unknown_verification') })
  return { version: row.auditSeq, final: isFinal(row.status) }
}
