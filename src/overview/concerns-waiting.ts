import type { ClientContext } from '../context.ts'
import { DUE_SLOT_SECONDS } from '../db/schema/index.ts'
import type { Concern } from './concern.ts'

/** Any worker's sweep picks up due attempts within a second or two. */
const WAITING_SECONDS = 30
const ROWS_MAX = 200

/**
 * Whether calls wait for lack of a worker: any calls for `admin`, else the tenant's in its mode. Looks at the
 * longest waiting.
 */
export async function findWaiting({ db: { sql }, actor }: ClientContext): Promise<Concern[]> {
  const { tenantId, livemode, scopes } = actor
  const [row] = await sql<{ seconds: number | null }[]>`
    select extract(epoch from now() - min(a.due_at))::int as seconds from (
      select verification_id, due_at from due_attempts, (select now() - make_interval(secs => ${WAITING_SECONDS}) as at) t
      where slot <= floor(extract(epoch from t.at) / ${DUE_SLOT_SECONDS})::int and due_at < t.at
      order by slot limit ${ROWS_MAX}) a
    join verifications v on v.id = a.verification_id
    where ${scopes.includes('admin')} or (v.tenant_id = ${tenantId} and v.livemode = ${livemode})`
  const seconds = row?.seconds ?? null
  return seconds === null ? [] : [{ kind: 'no_worker', seconds }]
}
