import { archiveMonths, previewArchive } from '../archive/archive.ts'
import { freeStartupMemory, keepHeapSmall } from '../process/lifecycle.ts'
import { CheckFailed, command, UsageError } from './command.ts'

export const archiveCommand = command({
  says: 'Moves months whose retention is over from the database to files, oldest first, up to the first that must stay. Needs DATABASE_URL with the owner of the tables.',
  options: {
    before: {
      type: 'string',
      value: '<month>',
      required: true,
      says: 'The first month to leave where it is, e.g. 2025-01.',
    },
    to: { type: 'string', value: '<folder>', says: 'Where each month gets a folder of its own.' },
    'dry-run': { type: 'boolean', says: 'Lists the months and why they must stay; changes nothing.' },
  },
  async run(installation, values) {
    const { before = '', to: folder } = values
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(before)) {
      throw new UsageError('--before must be a month, e.g. 2025-01')
    }
    if (!folder && !values['dry-run']) throw new UsageError('--to must name a folder')
    keepHeapSmall()
    freeStartupMemory()
    const context = { ...(await installation.as()), requestId: null }
    if (values['dry-run']) {
      const months = await previewArchive(context, before)
      return months.map(({ month, reasons }) => ({ month, archive: reasons.length === 0, reasons }))
    }
    const { archived, kept } = await archiveMonths(context, { before, folder: folder as string })
    if (!kept) return archived
    throw new CheckFailed(
      [`${kept.month} must stay in the database, and the months after it:`, ...kept.reasons].join('\n'),
      { archived, kept },
    )
  },
})
