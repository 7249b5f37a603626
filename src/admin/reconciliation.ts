import { listFindings, resolveFinding } from '../reconciliation/findings.ts'
import { getRun, listRuns, startRun } from '../reconciliation/runs.ts'
import { FindingsQuery, ResolveInput, RunInput, RunsQuery } from '../reconciliation/schemas.ts'
import { PAGE_MAX } from '../values/pages.ts'
import { command, type Noun, type Options } from './command.ts'
import { fieldOptions, readFields } from './fields.ts'
import { everyPage } from './resource.ts'

/** The filters of a list, without its pages. */
function filters(schema: typeof RunsQuery | typeof FindingsQuery): Options {
  const { limit: _, cursor: __, ...own } = fieldOptions(schema)
  return own
}

export const reconciliationNoun: Noun = {
  create: command({
    says: 'Compares the calls of an account with its operator’s records now.',
    options: fieldOptions(RunInput, ['account']),
    run: async (installation, values) => startRun(await installation.as(), readFields(RunInput, values)),
  }),
  list: command({
    says: 'Lists reconciliations, newest first.',
    options: filters(RunsQuery),
    async run(installation, values) {
      const context = await installation.as()
      const filter = readFields(RunsQuery, values)
      return everyPage((cursor) => listRuns(context, { ...filter, limit: PAGE_MAX, cursor }))
    },
  }),
  show: command({
    says: 'Shows a reconciliation and its findings.',
    words: ['<rec_…>'],
    run: async (installation, _, [id = '']) => getRun(await installation.as(), { id }),
  }),
}

export const findingNoun: Noun = {
  list: command({
    says: 'Lists differences between operators’ records and ours, newest first.',
    options: filters(FindingsQuery),
    async run(installation, values) {
      const context = await installation.as()
      const filter = readFields(FindingsQuery, values)
      return everyPage((cursor) => listFindings(context, { ...filter, limit: PAGE_MAX, cursor }))
    },
  }),
  resolve: command({
    says: 'Explains a difference or writes it off.',
    words: ['<fnd_…>'],
    options: fieldOptions(ResolveInput, ['state', 'note']),
    run: async (installation, values, [id = '']) =>
      resolveFinding(await installation.as(), { id, changes: readFields(ResolveInput, values) }),
  }),
}
