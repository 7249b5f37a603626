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

/** A tenant's money. */
export function billingRoutes(mount: Mount): void {
  mount(
    {
      method: 'get',
      path: '/v1/billing/balance',
      tag,
      operationId: 'getBalance',
      summary: 'What there is to pay for calls',
      description: 'Test mode has no money: with a test key, all is zero.',
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
      summary: 'Every call that was placed, with its price and its cost',
      description:
        'Newest verification first. With `Accept: text/csv`, all that match as one file (RFC 4180), however many.',
      scope: 'billing',
      query: RecordsQuery,
      produces: [CSV],
      answers: {
        200: { description: 'A page, or the file.', schema: pageOf(RecordView, 'BillingRecordPage') },
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
      summary: 'What calls came to, by day, provider, prefix or outcome',
      description: 'Of the last 31 days where no span is given.',
      scope: 'billing',
      query: SummaryQuery,
      answers: { 200: { description: 'The sums.', schema: SummaryView } },
    },
    async (context, { query }) => ({ status: 200, body: await summarize(context, query) }),
  )

  mount(
    {
      method: 'get',
      path: '/v1/billing/statements',
      tag,
      operationId: 'getStatement',
      summary: 'A month’s statement',
      description:
        'What moved the balance in a month: as JSON, as a page that prints well (`Accept: text/html`), or line by line as CSV.',
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
      description: 'Of your own tenant, or of the one in `Ringproof-Tenant`, in its currency.',
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
      description: 'Entries are never changed: what was wrong is corrected by a further one, with a reason.',
      scope: 'admin',
      body: AdjustmentInput,
      answers: { 201: { description: 'Posted.', schema: LedgerTransactionView } },
    },
    async (context, { body }) => ({ status: 201, body: await adjust(context, body) }),
  )
}
