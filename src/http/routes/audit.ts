import { listCheckpoints } from '../../audit/checkpoints/list.ts'
import { AuditQuery, CheckpointView, ListedEventView } from '../../audit/schemas.ts'
import { type ExportFormat, exportEvents, listEvents } from '../../audit/search.ts'
import { startStream } from '../../export/stream.ts'
import { PageQuery, pageOf } from '../common-schemas.ts'
import type { Mount } from '../spec.ts'

const tag = 'Audit'

const FORMATS: Record<string, { format: ExportFormat; type: string }> = {
  'text/csv': { format: 'csv', type: 'text/csv; charset=utf-8; header=present' },
  'application/x-ndjson': { format: 'ndjson', type: 'application/x-ndjson; charset=utf-8' },
}

/** What happened, across verifications, and the checkpoints over all of it. */
export function auditRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/audit',
      tag,
      operationId: 'listAuditEvents',
      summary: 'Everything that happened to your verifications, keys and policy',
      description:
        'Newest first; where verifications are chosen (by `phone`, `reference`, `status` …), newest verification first. With `Accept: text/csv` or `application/x-ndjson`, all that match as one file: one that was cut off goes on with the `id` of its last whole event as `cursor`.',
      scope: 'read',
      query: AuditQuery,
      produces: Object.keys(FORMATS),
      answers: {
        200: { description: 'A page, or the file.', schema: pageOf(ListedEventView, 'AuditEventPage') },
      },
    },
    async (context, { query, accept }) => {
      const file = FORMATS[accept]
      if (!file) return { status: 200, body: await listEvents(context, query) }
      const headers = {
        'content-type': file.type,
        'content-disposition': `attachment; filename="audit.${file.format}"`,
      }
      const events = await exportEvents(context, query, file.format)
      return { status: 200, headers, stream: await startStream(context, events) }
    },
  )

  mount(
    {
      method: 'get',
      path: '/v1/audit/checkpoints',
      tag,
      operationId: 'listAuditCheckpoints',
      summary: 'The signed checkpoints of the installation, one an hour, newest first',
      description:
        'Each hashes all events of its hour, of all tenants, over the checkpoint before. Keep some elsewhere: `npm run admin -- audit verify --known <hash>` compares.',
      scope: 'admin',
      query: PageQuery,
      answers: { 200: { description: 'A page.', schema: pageOf(CheckpointView, 'AuditCheckpointPage') } },
    },
    async (context, { query }) => ({ status: 200, body: await listCheckpoints(context, query) }),
  )
}
