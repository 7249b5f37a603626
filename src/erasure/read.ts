import { and, desc, eq, lt } from 'drizzle-orm'
import { type ClientContext, currentReadersOf } from '../context.ts'
import { erasures } from '../db/schema/index.ts'
import { AppError } from '../errors.ts'
import { afterCursor, type PageInput } from '../input/cursor.ts'
import { parseId, publicId } from '../values/ids.ts'
import { type Page, toPage } from '../values/pages.ts'
import { say } from '../words/text.ts'
import type { Erasure } from './certify.ts'
import type { ErasureView } from './schemas.ts'

/** The tenant's erasures in the mode of the key, newest first. */
export async function listErasures(context: ClientContext, query: PageInput): Promise<Page<ErasureView>> {
  const { actor } = context
  const after = afterCursor(query)
  const rows = await currentReadersOf(context)
    .orm.select()
    .from(erasures)
    .where(and(own(actor), after ? lt(erasures.id, after) : undefined))
    .orderBy(desc(erasures.id))
    .limit(query.limit + 1)
  return toPage(rows, query.limit, presentErasure)
}

/** One erasure. */
export async function getErasure({ db, actor }: ClientContext, input: { id: string }): Promise<ErasureView> {
  const id = parseId('erasure', input.id)
  const [row] = id
    ? await db.orm
        .select()
        .from(erasures)
        .where(and(own(actor), eq(erasures.id, id)))
    : []
  if (!row) throw new AppError('not_found', { detail: say('unknown_erasure') })
  return presentErasure(row)
}

/** The certificate of an erasure, a compact JWS. Throws 404 until the erasure is done. */
export async function getCertificate(context: ClientContext, input: { id: string }): Promise<string> {
  const { certificate } = await getErasure(context, input)
  if (!certificate) throw new AppError('not_found', { detail: say('erasure_running') })
  return certificate
}

const own = ({ tenantId, livemode }: ClientContext['actor']) =>
  and(eq(erasures.tenantId, tenantId), eq(erasures.livemode, livemode))

/** An erasure as clients see it. */
export function presentErasure(row: Erasure): ErasureView {
  const payload = row.certificate?.split('.')[1]
  return {
    id: publicId('erasure', row.id),
    kind: row.kind,
    status: row.completedAt ? 'done' : 'pending',
    pseudonym: row.pseudonym,
    livemode: row.livemode,
    actor: row.actor,
    requested_at: row.requestedAt.toISOString(),
    completed_at: row.completedAt?.toISOString() ?? null,
    verifications: row.verifications,
    cancelled: row.cancelled,
    statement: payload ? JSON.parse(Buffer.from(payload, 'base64url').toString()) : null,
    certificate: row.certificate,
  }
}
