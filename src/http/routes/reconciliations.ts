import { listFindings, resolveFinding } from '../../reconciliation/findings.ts'
import { getRun, listRuns, startRun } from '../../reconciliation/runs.ts'
import {
  FindingsQuery,
  FindingView,
  ResolveInput,
  RunInput,
  RunsQuery,
  RunView,
} from '../../reconciliation/schemas.ts'
import { pageOf } from '../common-schemas.ts'
import type { Mount } from '../spec.ts'

const path = '/v1/billing/reconciliations'
const common = { tag: 'Reconciliation', scope: 'admin' as const }

/** Operators' own records against ours. */
export function reconciliationRoutes(mount: Mount): void {
  mount(
    {
      ...common,
      method: 'get',
      path,
      operationId: 'listReconciliations',
      summary: 'Comparisons with operators’ records, newest first, with what they found',
      description: 'Each provider account is compared once an hour.',
      query: RunsQuery,
      answers: { 200: { description: 'A page.', schema: pageOf(RunView, 'ReconciliationPage') } },
    },
    async (context, { query }) => ({
      status: 200,
      body: await listRuns(context, query),
    }),
  )

  mount(
    {
      ...common,
      method: 'post',
      path,
      liveOnly: true,
      operationId: 'startReconciliation',
      summary: 'Compare an account with its operator’s records now',
      description: 'Where the records cannot be had the answer is 409, and names the failed run.',
      body: RunInput,
      answers: {
        201: {
          description: 'Compared.',
          schema: RunView,
          headers: { Location: 'Where it is.' },
        },
      },
      errors: ['conflict'],
    },
    async (context, { body }) => {
      const run = await startRun(context, body)
      return { status: 201, headers: { location: `${path}/${run.id}` }, body: run }
    },
  )

  mount(
    {
      ...common,
      method: 'get',
      path: `${path}/{id}`,
      operationId: 'getReconciliation',
      summary: 'One comparison',
      answers: { 200: { description: 'Found.', schema: RunView } },
    },
    async (context, { id }) => ({ status: 200, body: await getRun(context, { id }) }),
  )

  mount(
    {
      ...common,
      method: 'get',
      path: '/v1/billing/findings',
      operationId: 'listFindings',
      summary: 'Differences between operators’ records and ours, newest first',
      query: FindingsQuery,
      answers: { 200: { description: 'A page.', schema: pageOf(FindingView, 'FindingPage') } },
    },
    async (context, { query }) => ({
      status: 200,
      body: await listFindings(context, query),
    }),
  )

  mount(
    {
      ...common,
      method: 'patch',
      path: '/v1/billing/findings/{id}',
      operationId: 'resolveFinding',
      summary: 'Explain a difference or write it off',
      description:
        'With `adjustment`, the difference is posted: to the operator’s cost, with the note as its reason.',
      body: ResolveInput,
      answers: { 200: { description: 'Noted.', schema: FindingView } },
      errors: ['conflict'],
    },
    async (context, { id, body }) => ({
      status: 200,
      body: await resolveFinding(context, { id, changes: body }),
    }),
  )
}
