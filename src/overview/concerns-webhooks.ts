import type { ClientContext } from '../context.ts'
import { publicId } from '../values/ids.ts'
import type { Concern } from './concern.ts'

const SHOWN_MAX = 5

/** The endpoints of the tenant and mode that we disabled, newest first. */
export async function findWebhookConcerns({ db: { sql }, actor }: ClientContext): Promise<Concern[]> {
  const rows = await sql<{ id: string; url: string; reason: 'gone' | 'failing' }[]>`
    select id, url, disabled_reason as reason from webhook_endpoints
    where tenant_id = ${actor.tenantId} and livemode = ${actor.livemode} and deleted_at is null
      and disabled_reason is not null
    order by id desc limit ${SHOWN_MAX}`
  return rows.map(({ id, url, reason }) => {
    return { kind: 'endpoint_disabled', id: publicId('endpoint', id), host: new URL(url).host, reason }
  })
}
