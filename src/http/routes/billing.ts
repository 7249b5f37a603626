import { getBalance } from '../../billing/balance.ts'
import { adjust, topUp } from '../../billing/post-by-hand.ts'
import { exportRecords, listRecords } from '../../billing/records/records.ts'
import {
  RecordsQuery,
  RecordView,
  StatementQuery,
  StatementView,
  SummaryQuery,
  SummaryView,
} from '../../billing/records/schemas.ts'
import { getStatement } from '../../billing/records/statement.ts'
import { exportStatement } from '../../billing/records/statement-lines.ts'
import { summarize } from '../../billing/records/summary.ts'
import { AdjustmentInput, BalanceView, LedgerTransactionView, TopUpInput } from '../../billing/schemas.ts'
import { startStream } from '../../export/stream.ts'
import { pageOf } from '../common-schemas.ts'
import type { Mount } from '../spec.ts'
import { STATEMENT_HEADERS, statementPage } from './statement-page.ts'

const tag = 'Billing'
const CSV = 'text/csv'
const HTML = 'text/html'

async function* once(text: string): AsyncIterable<string> {
  yield text
}

const csvHeaders = (name: string) => ({
  'content-type': 'text/csv; charset=utf-8; header=present',
  'content-disposition': `attachment; filename="${name}.csv"`,
})

/** A tenant's balance, billing records and statements. */
export function billingRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/billing/balance',
      tag,
      operationId: 'getBalance',
      summary: 'Get the balance',
      description: 'Test calls cost nothing: with a test key, every amount is zero.',
      scope: 'billing',
      answers: { 200: { description: 'The balance.', schema: BalanceView } },
    },
    async (context) => ({ status: 200, body: await getBalance(context) }),
  )

  mount(
    {
      method: 'get',
      path: '/v1/billing/records',
      tag,
      operationId: 'listBillingRecords',
      summary: 'List billing records',
      description:
        'Every placed call with its price and cost, newest verification first. With `Accept: text/csv`, returns all matching records as one file (RFC 4180), whatever its size.',
      scope: 'billing',
      query: RecordsQuery,
      produces: [CSV],
      answers: {
        200: {
          description: 'A page of records, or the file.',
          schema: pageOf(RecordView, 'BillingRecordPage'),
        },
      },
    },
    async (context, { query, accept }) => {
      if (accept !== CSV) return { status: 200, body: await listRecords(context, query) }
      return {
        status: 200,
        headers: csvHeaders('records'),
        stream: await startStream(context, exportRecords(context, query)),
      }
    },
  )

  mount(
    {
      method: 'get',
      path: '/v1/billing/summary',
      tag,
      operationId: 'summarizeBilling',
      summary: 'Summarize calls by day, provider, prefix or outcome',
      description: 'Covers the last 31 days unless a span is given.',
      scope: 'billing',
      query: SummaryQuery,
      answers: { 200: { description: 'The totals of each group.', schema: SummaryView } },
    },
    async (context, { query }) => ({ status: 200, body: await summarize(context, query) }),
  )

  mount(
    {
      method: 'get',
      path: '/v1/billing/statements',
      tag,
      operationId: 'getStatement',
      summary: 'Get the statement of a month',
      description:
        'Everything that changed the balance in the month: as JSON, as a printable page (`Accept: text/html`) or line by line (`Accept: text/csv`).',
      scope: 'billing',
      query: StatementQuery,
      produces: [CSV, HTML],
      answers: { 200: { description: 'The statement.', schema: StatementView } },
    },
    async (context, { query, accept }) => {
      const name = `statement-${query.month}`
      if (accept === CSV) {
        return {
          status: 200,
          headers: csvHeaders(name),
          stream: await startStream(context, exportStatement(context, query)),
        }
      }
      const statement = await getStatement(context, query)
      if (accept !== HTML) return { status: 200, body: statement }
      return { status: 200, headers: STATEMENT_HEADERS, stream: once(await statementPage(statement)) }
    },
  )

  mount(
    {
      method: 'post',
      path: '/v1/billing/topups',
      liveOnly: true,
      tag,
      operationId: 'topUp',
      summary: 'Add money to a balance',
      description:
        'Credits your own tenant, or the tenant in `Ringproof-Tenant`. The amount is in the tenant’s currency.',
      scope: 'admin',
      body: TopUpInput,
      answers: { 201: { description: 'Added.', schema: LedgerTransactionView } },
    },
    async (context, { body }) => ({ status: 201, body: await topUp(context, body) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/billing/adjustments',
      liveOnly: true,
      tag,
      operationId: 'adjustBalance',
      summary: 'Correct a balance',
      description: 'Ledger entries never change: a mistake is corrected by a further entry, with a reason.',
      scope: 'admin',
      body: AdjustmentInput,
      answers: { 201: { description: 'Posted.', schema: LedgerTransactionView } },
    },
    async (context, { body }) => ({ status: 201, body: await adjust(context, body) }),
  )
}
