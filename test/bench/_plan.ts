import postgres from 'postgres'
import { startEmbedded } from '../../src/db/embedded.ts'
import { migrate } from '../../src/db/migrate.ts'
import { writeYear } from './history.ts'

const db = await startEmbedded({ dataDir: '/tmp/loadx/data' })
await migrate(db.url)
const sql = postgres(db.url, { max: 1, onnotice: () => {} })
const [have] = await sql`select count(*)::int as n from verifications`
if (have?.n === 0) {
  await sql`insert into tenants (id, name, is_first, currency, created_at) values ('0193f2a4-b6c8-7d1e-9f0a-1b2c3d4e5f60', 'first', true, 'RUB', now())`
  await writeYear(db.url, 100_000, '30 days')
  await sql`set session_replication_role = replica`
  await sql`update verifications set status = 'expired' where right(phone, 1) < '5'`
  await sql`vacuum (analyze) verifications`
}
console.log(db.url)
const file = process.argv[2]
if (file) {
  const { readFileSync } = await import('node:fs')
  for (const q of readFileSync(file, 'utf8').split(/;\s*\n/)) {
    if (!q.trim()) continue
    console.log('---', q.slice(0, 80).replace(/\s+/g, ' '))
    for (const row of await sql.unsafe(q)) console.log(Object.values(row).join(' '))
  }
}
await sql.end()
await db.stop()
