import { startStream } from '../../export/stream.ts'
import { StatisticsQuery, StatisticsView } from '../../statistics/schemas.ts'
import { exportStatistics, getStatistics } from '../../statistics/statistics.ts'
import type { Mount } from '../spec.ts'

const CSV = 'text/csv'

/** How verifications did. */
export function statisticsRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/statistics',
      tag: 'Statistics',
      operationId: 'getStatistics',
      summary: 'Count verifications by time, destination, provider or channel',
      description:
        'Counts every verification of the key’s mode that started in the span, once, up to this moment. Groups without any are left out. With `Accept: text/csv`, the same as a file.',
      scope: 'read',
      query: StatisticsQuery,
      produces: [CSV],
      answers: { 200: { description: 'The groups.', schema: StatisticsView } },
    },
    async (context, { query, accept }) => {
      const statistics = await getStatistics(context, query)
      if (accept !== CSV) return { status: 200, body: statistics }
      return {
        status: 200,
        headers: {
          'content-type': 'text/csv; charset=utf-8; header=present',
          'content-disposition': `attachment; filename="statistics-by-${query.group_by}.csv"`,
        },
        stream: await startStream(context, exportStatistics(statistics)),
      }
    },
  )
}
