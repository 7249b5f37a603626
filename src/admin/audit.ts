import { listCheckpoints } from '../audit/checkpoints/list.ts'
import type { AuditProblem } from '../audit/verify/report.ts'
import { verifyAudit } from '../audit/verify/verify.ts'
import { PAGE_MAX } from '../values/pages.ts'
import { moment } from '../values/time-schemas.ts'
import { CheckFailed, command, type Noun, UsageError } from './command.ts'
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
    },
    async run(installation, values) {
      const from = readTime('from', values.from)
      const to = readTime('to', values.to)
      const known = (values.known ?? []).map(readHash)
      if (known.length > 0 && (from || to)) {
        throw new UsageError('--known searches all checkpoints: omit --from and --to')
      }
      const { db, secrets } = await installation.as()
      const report = await verifyAudit({ db, secrets }, { from, to, known })
      const { problems, ...counts } = report
      if (report.problem_count === 0) return { audit: 'intact', ...counts }
      const [first, ...others] = problems.map(inWords)
      const lines = [`First: ${first}`, ...others.map((line) => `Then:  ${line}`)]
      throw new CheckFailed(
        [`The audit is not intact: ${report.problem_count} problem(s).`, ...lines].join('\n'),
        { audit: 'not intact', ...report },
      )
    },
  }),
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
