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

/** Comparing operators' records with ours. */
export function reconciliationRoutes(mount: Mount): void {
  mount(
    {
      ...common,
      method: 'get',
      path,
      operationId: 'listReconciliations',
      summary: 'List reconciliations, newest first',
      description:
        'Once an hour, each provider account’s calls are compared with its operator’s records. Each entry says what the comparison found.',
      query: RunsQuery,
      answers: {
        200: { description: 'A page of reconciliations.', schema: pageOf(RunView, 'ReconciliationPage') },
      },
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
      summary: 'Reconcile a provider account now',
      description:
        'Compares the account’s calls with its operator’s records. If the records cannot be read, the response is 409 and names the failed reconciliation.',
      body: RunInput,
      answers: {
        201: {
          description: 'The finished reconciliation.',
          schema: RunView,
          headers: { Location: 'The path of the reconciliation.' },
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
      summary: 'Get a reconciliation',
      description: 'With its first hundred findings.',
      answers: { 200: { description: 'The reconciliation.', schema: RunView } },
    },
    async (context, { id }) => ({ status: 200, body: await getRun(context, { id }) }),
  )

  mount(
    {
      ...common,
      method: 'get',
      path: '/v1/billing/findings',
      operationId: 'listFindings',
      summary: 'List findings, newest first',
      description: 'A finding is a difference between an operator’s records and ours.',
      query: FindingsQuery,
      answers: { 200: { description: 'A page of findings.', schema: pageOf(FindingView, 'FindingPage') } },
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
      summary: 'Resolve a finding',
      description:
        'Explains the difference or writes it off. With `adjustment`, the difference is posted to the operator’s cost, with the note as the reason.',
      body: ResolveInput,
      answers: { 200: { description: 'The resolved finding.', schema: FindingView } },
      errors: ['conflict'],
    },
    async (context, { id, body }) => ({
      status: 200,
      body: await resolveFinding(context, { id, changes: body }),
    }),
  )
}
