import type { ClientContext } from '../context.ts'
import type { Concern } from './concern.ts'

/** The sweep of any worker takes up what is due within a second or two. */
const WAITING_SECONDS = 30
const ROWS_MAX = 200

/** Whether calls wait for a worker that is not there: of the whole installation for `admin`, else of the tenant and its mode. */
export async function findWaiting({ db: { sql }, actor }: ClientContext): Promise<Concern[]> {
  const { tenantId, livemode, scopes } = actor
  const late = sql`a.due_at < now() - make_interval(secs => ${WAITING_SECONDS})`
  const [row] = scopes.includes('admin')
    ? await sql<{ seconds: number | null }[]>`
        select extract(epoch from now() - min(a.due_at))::int as seconds from attempts a where ${late}`
    : await sql<{ seconds: number | null }[]>`
        select extract(epoch from now() - min(a.due_at))::int as seconds from (
          select id from verifications
          where tenant_id = ${tenantId} and livemode = ${livemode} and status in ('pending', 'calling')
          order by status, id limit ${ROWS_MAX}) v
        join attempts a on a.verification_id = v.id where ${late}`
  const seconds = row?.seconds ?? null
  return seconds === null ? [] : [{ kind: 'no_worker', seconds }]
}
