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

/** Audit events across verifications, and the signed checkpoints over all events. */
export function auditRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/audit',
      tag,
      operationId: 'listAuditEvents',
      summary: 'List audit events',
      description:
        'The events of your verifications, keys and policy, newest first; when filtered by verification (`phone`, `reference`, `status` …), newest verification first. With `Accept: text/csv` or `application/x-ndjson`, returns all matching events as one file. To resume a file that was cut off, send the `id` of its last complete event as `cursor`.',
      scope: 'read',
      query: AuditQuery,
      produces: Object.keys(FORMATS),
      answers: {
        200: {
          description: 'A page of events, or the file.',
          schema: pageOf(ListedEventView, 'AuditEventPage'),
        },
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
      summary: 'List the signed checkpoints of the audit, newest first',
      description:
        'The installation makes one checkpoint an hour. It hashes all events of that hour, of all tenants, together with the previous checkpoint. Keep some of them elsewhere: `npm run admin -- audit verify --known <hash>` checks that they are still part of the history.',
      scope: 'admin',
      query: PageQuery,
      answers: {
        200: { description: 'A page of checkpoints.', schema: pageOf(CheckpointView, 'AuditCheckpointPage') },
      },
    },
    async (context, { query }) => ({ status: 200, body: await listCheckpoints(context, query) }),
  )
}
