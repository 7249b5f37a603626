import { hashOfManifest } from '../audit/archives.ts'
import { appendTenantEvents } from '../audit/tenant-chain.ts'
import type { Author } from '../context.ts'
import type { Db } from '../db/client.ts'
import { lockBriefly } from './freeze.ts'
import { type Manifest, tableOf } from './manifest.ts'
import type { Month } from './months.ts'

/** A manifest as written, with its signature. */
export type Signed = { manifest: Manifest; text: string; jws: string; kid: string }

/**
 * Records an archive and removes its month from the database, in one transaction: the rows, what points to them, and
 * the partitions, which needs their owner.
 */
export async function removeMonth(
  { sql }: Pick<Db, 'sql'>,
  month: Month,
  tables: readonly string[],
  { manifest, text, jws, kid }: Signed,
  author: Author,
): Promise<void> {
  const { fromId, toId, part } = month
  const rows = Object.fromEntries(manifest.files.map((file) => [tableOf(file.name), file.rows]))
  const data = { month: month.name, manifest: hashOfManifest(text), events: manifest.events, rows }
  await sql.begin(async (tx) => {
    await tx`select set_config('statement_timeout', '0', true), set_config('enable_seqscan', 'on', true)`
    await tx`delete from compat_calls where verification_id >= ${fromId} and verification_id < ${toId}`
    await tx`
      delete from adopted_rows r using ${tx.unsafe(part('attempts'))} a
      where r.account_id = a.account_id and r.operator_row = a.operator_row and r.attempt_id = a.id`
    // The tenant's row too: its holder may be waiting for one of the tables.
    await lockBriefly(
      tx,
      `lock table ${tables.join(', ')} in access exclusive mode;
       perform from tenants where is_first for no key update`,
    )
    await tx`
      insert into archives (month, manifest, signature, kid)
      values (${`${month.name}-01`}, ${text}, ${jws}, ${kid})`
    await appendTenantEvents(tx, null, author, [{ type: 'audit.archived', data }])
    for (const table of tables) {
      await tx.unsafe(`alter table ${table} detach partition ${part(table)}`)
      await tx.unsafe(`drop table ${part(table)}`)
    }
  })
}
