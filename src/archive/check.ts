import { readFile } from 'node:fs/promises'
import { hashOfManifest } from '../audit/archives.ts'
import { Findings } from '../audit/verify/report.ts'
import { checkEvents } from './check-events.ts'
import { hashFile, readLines } from './files.ts'
import { MANIFEST, type Manifest, SIGNATURE, tableOf } from './manifest.ts'
import { fileOf } from './pages.ts'
import { sumLedger } from './sums.ts'
import type { Trust } from './trust.ts'

export type ArchiveReport = {
  month: string
  rows: Record<string, number>
  events: number
  checkpoints: number
  problem_count: number
  problems: ReturnType<Findings['list']>
}

/**
 * Checks the folder of an archived month: the manifest against its signature and, with a database, the month's record;
 * each file against the manifest; each row of the audit against its own hash and the sealed one; the sums against the
 * ledger's rows. Names the events that were changed, removed or inserted. Reads in constant memory. Throws if there is
 * no manifest.
 */
export async function checkArchive(folder: string, trust: Trust): Promise<ArchiveReport> {
  const text = await readFile(`${folder}/${MANIFEST}`, 'utf8')
  const signature = await readFile(`${folder}/${SIGNATURE}`, 'utf8').catch(() => '')
  const findings = new Findings()
  const report = (detail: string) => findings.add({ what: 'archive', detail })
  const manifest = readManifest(text)
  if (!manifest.month) report(`${MANIFEST} is damaged`)
  await checkSignature(trust, { text, signature, month: manifest.month }, report)
  const rows: Record<string, number> = {}
  for (const file of manifest.files) {
    const table = tableOf(file.name)
    const found = await hashFile(`${folder}/${file.name}`).catch(() => null)
    if (!found) report(`${file.name} is missing`)
    else if (found.sha256 !== file.sha256) report(`${file.name} was changed: its SHA-256 is ${found.sha256}`)
    rows[table] = 0
    try {
      if (table === 'ledger_transactions')
        rows[table] = await sumLedger(`${folder}/${file.name}`, manifest, report)
      else if (found)
        for await (const _ of readLines(`${folder}/${file.name}`)) rows[table] = (rows[table] ?? 0) + 1
    } catch {
      report(`${file.name} is damaged`)
    }
    if (found && rows[table] !== file.rows)
      report(`${file.name} has ${rows[table]} rows, its manifest says ${file.rows}`)
  }
  let audited = { events: 0, checkpoints: 0 }
  try {
    audited = await checkEvents(
      { events: `${folder}/${fileOf('audit_events')}`, checkpoints: `${folder}/${fileOf('checkpoints')}` },
      manifest.month,
      trust,
      findings,
    )
    if (audited.events !== manifest.events)
      report(`there are ${audited.events} events, its manifest says ${manifest.events}`)
  } catch (error) {
    if (trust.sql && findings.count === 0) throw error
    report('the events cannot be compared with the checkpoints')
  }
  return {
    month: manifest.month,
    rows,
    ...audited,
    problem_count: findings.count,
    problems: findings.list(),
  }
}

const NOTHING: Manifest = { version: 1, month: '', made_at: '', events: 0, files: [], balances: [], days: [] }
const FILE_NAME = /^[a-z_]+\.ndjson\.gz$/

/** What anybody may have written; empty if it is no manifest. */
function readManifest(text: string): Manifest {
  try {
    const manifest = { ...NOTHING, ...(JSON.parse(text) as Manifest) }
    return manifest.files.every(({ name }) => FILE_NAME.test(name)) ? manifest : NOTHING
  } catch {
    return NOTHING
  }
}

type Signed = { text: string; signature: string; month: string }

/** The month's record in the database vouches for a manifest whose key is gone. */
async function checkSignature(
  { check, sql }: Trust,
  { text, signature, month }: Signed,
  report: (detail: string) => void,
): Promise<void> {
  const [recorded] = sql
    ? await sql<
        { manifest: string }[]
      >`select manifest from archives where to_char(month, 'YYYY-MM') = ${month}`
    : []
  if (recorded && recorded.manifest !== text)
    report(`${MANIFEST} differs from the record of ${month} in the database`)
  const checked = await check('ringproof-archive', signature)
  const isSigned =
    checked.kind === 'signed' &&
    checked.claims.month === month &&
    checked.claims.manifest === hashOfManifest(text)
  if (isSigned || (checked.kind === 'unknown key' && recorded?.manifest === text)) return
  report(
    checked.kind === 'unknown key'
      ? `${SIGNATURE} is signed by an unknown key`
      : `${MANIFEST} does not match its signature in ${SIGNATURE}`,
  )
}
