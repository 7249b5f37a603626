import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkArchive } from '../archive/check.ts'
import { MANIFEST } from '../archive/manifest.ts'
import { trustIn, trustInKeys } from '../archive/trust.ts'
import { listCheckpoints } from '../audit/checkpoints/list.ts'
import type { AuditProblem } from '../audit/verify/report.ts'
import { verifyAudit } from '../audit/verify/verify.ts'
import type { ProofKey } from '../signing/proof.ts'
import { PAGE_MAX } from '../values/pages.ts'
import { moment } from '../values/time-schemas.ts'
import { CheckFailed, command, type Noun, UsageError } from './command.ts'
import type { Installation } from './installation.ts'
import { everyPage } from './resource.ts'

export const auditNoun: Noun = {
  checkpoints: command({
    says: 'Lists the signed checkpoints of the audit, newest first: one an hour.',
    async run(installation) {
      const context = await installation.as()
      return everyPage((cursor) => listCheckpoints(context, { limit: PAGE_MAX, cursor }))
    },
  }),
  verify: command({
    says: 'Recomputes every event, chain and checkpoint and names the first event that was changed, removed or inserted.',
    options: {
      from: { type: 'string', value: '<time>', says: 'Only events from this day or time on.' },
      to: { type: 'string', value: '<time>', says: 'Only events before this day or time.' },
      known: {
        type: 'string',
        value: '<hash>',
        multiple: true,
        says: 'Checks that a checkpoint you kept elsewhere is still part of the history. Not with --from or --to.',
      },
      archive: {
        type: 'string',
        value: '<folder>',
        says: 'Checks the files of an archived month instead, also against the checkpoints in the database.',
      },
      keys: {
        type: 'string',
        value: '<file>',
        says: 'With --archive: needs no database, only this copy of /.well-known/jwks.json.',
      },
    },
    async run(installation, values) {
      if (values.archive !== undefined) return verifyArchive(installation, values.archive, values.keys)
      const from = readTime('from', values.from)
      const to = readTime('to', values.to)
      const known = (values.known ?? []).map(readHash)
      if (known.length > 0 && (from || to)) {
        throw new UsageError('--known searches all checkpoints: omit --from and --to')
      }
      const { db, secrets } = await installation.as()
      const report = await verifyAudit({ db, secrets }, { from, to, known })
      return concluded('audit', report)
    },
  }),
}

async function verifyArchive(installation: Installation, folder: string, keys: string | undefined) {
  const trust = keys === undefined ? trustIn(await installation.as()) : trustInKeys(readKeys(keys))
  if (!existsSync(join(folder, MANIFEST))) throw new UsageError(`--archive: ${folder} has no ${MANIFEST}`)
  return concluded('archive', await checkArchive(folder, trust))
}

function readKeys(path: string) {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { keys: ProofKey[] }).keys
  } catch {
    throw new UsageError(`--keys: ${path} is not a copy of /.well-known/jwks.json`)
  }
}

/** The report of an intact audit or archive. Throws `CheckFailed` for any other. */
function concluded(
  what: 'audit' | 'archive',
  { problems, ...counts }: { problems: AuditProblem[]; problem_count: number },
) {
  if (counts.problem_count === 0) return { [what]: 'intact', ...counts }
  const [first, ...others] = problems.map(inWords)
  const lines = [`First: ${first}`, ...others.map((line) => `Then:  ${line}`)]
  throw new CheckFailed(
    [`The ${what} is not intact: ${counts.problem_count} problem(s).`, ...lines].join('\n'),
    { [what]: 'not intact', ...counts, problems },
  )
}

function inWords({ what, event, verification, tenant, seq, at, detail }: AuditProblem): string {
  const parts = [event, verification, tenant, seq !== null && `event ${seq} of its chain`, at]
  return [what, parts.filter(Boolean).join(', '), detail].filter(Boolean).join(': ')
}

function readHash(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new UsageError('--known must be a hash of 64 hexadecimal digits')
  return text.toLowerCase()
}

function readTime(name: string, text: string | undefined): Date | null {
  if (text === undefined) return null
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text)
  const { data } = moment.safeParse(isDay ? `${text}T00:00:00Z` : text)
  if (!data) throw new UsageError(`--${name} must be a day or a time, e.g. 2026-01-31T12:00:00Z`)
  return data
}
