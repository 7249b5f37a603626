import type { ClientContext } from '../context.ts'
import type { Verification } from '../draft/rows.ts'
import { AppError } from '../errors.ts'
import { PROOF_SECONDS, signProof } from '../signing/proof.ts'
import { parseId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import { presentVerification } from './present.ts'

type Row = Verification & { isOver: boolean }

/**
 * Signs the proof of an approved verification again, up to ten minutes after the approval by the database's
 * clock. Throws 404; 409 if the verification is not approved; 410 after those ten minutes or if the phone was
 * erased.
 */
export async function prove(context: ClientContext, input: { id: string }) {
  const { db, actor } = context
  const id = parseId('verification', input.id)
  const [row] = id
    ? await db.sql<Row[]>`
        select *, phone not like '+%' or completed_at < now() - ${PROOF_SECONDS} * interval '1 second' as is_over
        from verifications where id = ${id} and tenant_id = ${actor.tenantId} and livemode = ${actor.livemode}`
    : []
  if (!row) throw new AppError('not_found', { detail: say('unknown_verification') })
  if (row.status !== 'approved') {
    throw new AppError('verification_not_approved', {
      detail: say('verification_is', { status: row.status }),
      extra: { verification_status: row.status },
    })
  }
  if (row.isOver) throw new AppError('proof_expired', { extra: { verification_status: 'approved' } })
  const verification = presentVerification(row, [])
  return { proof: await signProof(context, verification), verification }
}
