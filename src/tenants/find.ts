import type { App } from '../context.ts'
import { AppError } from '../errors.ts'
import { parseId } from '../values/ids.ts'
import { say } from '../words/text.ts'

/** Finds a tenant by its public id; default: the first one. Throws `not_found`, also for a deleted tenant. */
export async function findTenant(
  { db: { sql } }: Pick<App, 'db'>,
  tenant?: string,
): Promise<{ id: string; defaultRegion: string | null }> {
  const id = tenant === undefined ? undefined : parseId('tenant', tenant)
  const [row] = await sql<{ id: string; defaultRegion: string | null }[]>`
    select id, default_region from tenants
    where deleted_at is null and ${id === undefined ? sql`is_first` : sql`id = ${id}`}`
  if (!row) throw new AppError('not_found', { detail: say('unknown_tenant') })
  return row
}
