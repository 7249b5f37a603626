import { createHash } from 'node:crypto'
import type { App } from '../context.ts'
import { checkStatement, signStatement } from '../signing/statement.ts'
import { timeOf } from '../values/ids.ts'

/** What the audit needs to know of an archived month. */
export type ArchivedMonth = {
  /** `2025-01`. */
  month: string
  /** Rows of audit_events that were moved to files. */
  rows: number
  /** Their events. */
  events: number
  /** SHA-256 of the manifest in hex. */
  hash: string
  /** Why the record does not count; null for a good one. */
  fault: string | null
}

type Record = { month: string; manifest: string; signature: string; kid: string }

export const hashOfManifest = (manifest: string) => createHash('sha256').update(manifest).digest('hex')

/** The month in which a verification began, from its id: `2025-01`. */
export const monthOfId = (verificationId: string) =>
  new Date(timeOf(verificationId)).toISOString().slice(0, 7)

/** Signs a manifest. Without SECRET_KEY, nobody can make a record that counts. */
export function signArchive(app: Pick<App, 'secrets' | 'config'>, month: string, manifest: string) {
  return signStatement(app, 'ringproof-archive', { month, manifest: hashOfManifest(manifest) })
}

/** The archived months, oldest first, each with whether its signature vouches for its record. */
export async function readArchives(app: Pick<App, 'db' | 'secrets'>): Promise<ArchivedMonth[]> {
  const months: ArchivedMonth[] = []
  for await (const record of recordsOf(app)) {
    const { month, manifest } = record
    const hash = hashOfManifest(manifest)
    const fault = await faultOf(app, record, hash)
    months.push({ month, hash, fault, ...(fault === null ? countsOf(manifest) : { rows: 0, events: 0 }) })
  }
  return months
}

/** The months whose records count. */
export async function goodArchives(app: Pick<App, 'db' | 'secrets'>): Promise<string[]> {
  return (await readArchives(app)).filter(({ fault }) => fault === null).map(({ month }) => month)
}

/**
 * Signs the records again that a key of SECRET_KEY_OLD signed. `unreadable`: signed by another key, or not as they are.
 */
export async function resignArchives(
  app: Pick<App, 'db' | 'secrets' | 'config'>,
): Promise<{ resealed: number; unreadable: number }> {
  const count = { resealed: 0, unreadable: 0 }
  for await (const record of recordsOf(app)) {
    const { month, manifest } = record
    if ((await faultOf(app, record, hashOfManifest(manifest))) !== null) {
      count.unreadable += 1
      continue
    }
    const { jws, kid } = await signArchive(app, month, manifest)
    if (kid === record.kid) continue
    await app.db.sql`update archives set signature = ${jws}, kid = ${kid} where month = ${`${month}-01`}`
    count.resealed += 1
  }
  return count
}

/** One at a time: a manifest may be large. */
async function* recordsOf({ db }: Pick<App, 'db'>): AsyncIterable<Record> {
  for (let after = '0001-01-01'; ; ) {
    const [record] = await db.sql<Record[]>`
      select to_char(month, 'YYYY-MM') as month, manifest, signature, kid from archives
      where month > ${after}::date order by archives.month limit 1`
    if (!record) return
    yield record
    after = `${record.month}-01`
  }
}

async function faultOf(
  app: Pick<App, 'secrets'>,
  { month, signature, kid }: Record,
  hash: string,
): Promise<string | null> {
  const checked = await checkStatement(app, 'ringproof-archive', signature)
  if (checked.kind === 'unknown key') {
    return `it is signed by an unknown key (${kid}): add the SECRET_KEY of that key to SECRET_KEY_OLD`
  }
  if (checked.kind === 'forged') return 'its signature is not valid'
  const { claims } = checked
  return claims.month === month && claims.manifest === hash ? null : 'it does not match its signature'
}

function countsOf(manifest: string): { rows: number; events: number } {
  const { files, events } = JSON.parse(manifest) as {
    files: { name: string; rows: number }[]
    events: number
  }
  const rows = files.find(({ name }) => name.startsWith('audit_events'))?.rows ?? 0
  return { rows, events }
}
