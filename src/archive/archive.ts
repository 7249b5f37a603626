import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { signArchive } from '../audit/archives.ts'
import { author, type Context } from '../context.ts'
import { type Db, openDb } from '../db/client.ts'
import { PARTITIONED } from '../db/partitions.ts'
import { ConfigError } from '../process/config.ts'
import { writeAtomically } from '../process/write-atomically.ts'
import { checkStatement } from '../signing/statement.ts'
import { checkArchive } from './check.ts'
import { type File, syncFolder, writeLines } from './files.ts'
import { freeze, thaw } from './freeze.ts'
import { MANIFEST, makeManifest, SIGNATURE, tableOf } from './manifest.ts'
import { type Month, monthsBefore, partitionedTables } from './months.ts'
import { fileOf, pagesOf } from './pages.ts'
import { reasonsToKeep } from './reasons.ts'
import { removeMonth, type Signed } from './remove.ts'
import { trustIn } from './trust.ts'

/** Advisory lock of archiving. */
const LOCK = 7_411_024

export type ArchivedMonth = {
  month: string
  folder: string
  rows: Record<string, number>
  events: number
  bytes: number
}
/** `kept`: the first month that must stay, and why; the months after it were not looked at. */
export type ArchiveResult = {
  archived: ArchivedMonth[]
  kept: { month: string; reasons: string[] } | null
}

/** A month must stay. */
class Kept extends Error {
  readonly reasons: string[]

  constructor(reasons: string[]) {
    super(reasons.join('; '))
    this.reasons = reasons
  }
}

/** What `archiveMonths` would do with each month: empty reasons mean that it would go. Changes nothing. */
export async function previewArchive(
  context: Context,
  before: string,
): Promise<{ month: string; reasons: string[] }[]> {
  return withDb(context, async (db) => {
    await requireOwner(db)
    const months: { month: string; reasons: string[] }[] = []
    for (const month of await monthsBefore(db.sql, before)) {
      months.push({ month: month.name, reasons: await reasonsToKeep(db, month) })
    }
    return months
  })
}

/**
 * Moves the months before `before` (`2025-01`) from the database to folders of `folder`, oldest first, up to the first
 * that must stay. A month's rows leave the database only after its files were written, read back and compared with the
 * checkpoints. After a crash, call it again. Throws `ConfigError` if the database's user does not own the tables.
 */
export async function archiveMonths(
  context: Context,
  { before, folder }: { before: string; folder: string },
): Promise<ArchiveResult> {
  return withDb(context, async (db) => {
    const tables = await partitionedTables(db.sql)
    await requireOwner(db)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const archived: ArchivedMonth[] = []
    for (const month of await monthsBefore(db.sql, before)) {
      try {
        archived.push(await archiveMonth({ ...context, db }, month, tables, folder))
      } catch (error) {
        if (!(error instanceof Kept)) throw error
        return { archived, kept: { month: month.name, reasons: error.reasons } }
      }
    }
    return { archived, kept: null }
  })
}

async function archiveMonth(
  context: Context,
  month: Month,
  tables: readonly string[],
  folder: string,
): Promise<ArchivedMonth> {
  const { db } = context
  await requireNoReasons(db, month)
  await freeze(db, month, tables)
  try {
    await requireNoReasons(db, month)
    const target = `${folder}/${month.name}`
    const signed = await writeFolder(context, month, tables, target)
    await removeMonth(db, month, tables, signed, author(context))
    const { files, events } = signed.manifest
    const rows = Object.fromEntries(files.map((file) => [tableOf(file.name), file.rows]))
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    return { month: month.name, folder: target, events, bytes, rows }
  } catch (error) {
    await thaw(db, month, tables).catch(() => {})
    throw error
  }
}

async function requireNoReasons(db: Db, month: Month): Promise<void> {
  const reasons = await reasonsToKeep(db, month)
  if (reasons.length > 0) throw new Kept(reasons)
}

/** Writes a month's files, reads them back, and gives the folder its name: it is complete or it is not there. */
async function writeFolder(
  context: Context,
  month: Month,
  tables: readonly string[],
  target: string,
): Promise<Signed> {
  await requireOwn(context, target)
  const fresh = `${target}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  try {
    const signed = await fill(fresh, context, month, tables)
    await rm(target, { recursive: true, force: true })
    await rename(fresh, target)
    await syncFolder(dirname(target))
    return signed
  } catch (error) {
    // The disk may be full.
    await rm(fresh, { recursive: true, force: true })
    throw error
  }
}

async function fill(
  folder: string,
  context: Context,
  month: Month,
  tables: readonly string[],
): Promise<Signed> {
  const { db } = context
  const files: File[] = []
  for (const [table, pages] of pagesOf(db.sql, month, tables)) {
    files.push(await writeLines(folder, fileOf(table), pages))
  }
  const manifest = await makeManifest(db, month, files, tables)
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  const { jws, kid } = await signArchive(context, month.name, text)
  writeAtomically(`${folder}/${MANIFEST}`, text)
  writeAtomically(`${folder}/${SIGNATURE}`, jws)
  const report = await checkArchive(folder, trustIn(context))
  if (report.problem_count === 0) return { manifest, text, jws, kid }
  throw new Kept(
    report.problems.map(({ what, event, detail }) => [what, event, detail].filter(Boolean).join(': ')),
  )
}

/** What an earlier run wrote before it was killed may be written again; anything else stays. */
async function requireOwn(context: Context, target: string): Promise<void> {
  if (!existsSync(target)) return
  const jws = await readFile(`${target}/${SIGNATURE}`, 'utf8').catch(() => '')
  const { kind } = await checkStatement(context, 'ringproof-archive', jws)
  if (kind !== 'signed') throw new Kept([`${target} exists, and this installation did not write it`])
}

/** A preview reads the partitions as well, which nobody else may. */
async function requireOwner({ sql }: Db): Promise<void> {
  const [row] = await sql<{ owns: boolean }[]>`
    select bool_and(pg_has_role(relowner, 'usage')) as owns from pg_class
    where relkind = 'p' and relname = any(${[...PARTITIONED]}::text[])`
  if (row?.owns) return
  throw new ConfigError(
    'DATABASE_URL: its user may not read or remove partitions: run this as the owner of the tables (docs/audit.md)',
  )
}

/** Connections of its own, whose statements may take long, and no second run beside this one. */
async function withDb<T>({ config }: Context, work: (db: Db) => Promise<T>): Promise<T> {
  const db = openDb(config.DATABASE_URL as string, { max: 3, name: 'ringproof archive', silenceMs: 0 })
  try {
    return await db.sql.begin(async (tx) => {
      await tx`set local idle_in_transaction_session_timeout = 0`
      const [lock] = await tx<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(${LOCK}) as taken`
      if (!lock?.taken) throw new ConfigError('another run of archive is at work')
      return work(db)
    })
  } finally {
    await db.close()
  }
}
