import { z } from '@hono/zod-openapi'
import { checkSpan, span } from '../billing/records/schemas.ts'
import { text, time } from '../billing/schemas.ts'
import { FINDING_KINDS, FINDING_STATES, RUN_STATUSES } from '../db/schema/billing-reconciliation.ts'
import { MoneyView } from '../values/money-schemas.ts'
import { page } from '../values/page-schemas.ts'

const account = z.string().max(64).openapi({ description: 'A provider account.', example: 'prv_0193f2a4…' })
const side = z.object({
  status: z.string().nullable(),
  cost: z.string().nullable(),
  currency: z.string().nullable(),
})

export const FindingView = z
  .object({
    id: z.string().openapi({ example: 'fnd_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    reconciliation: z.string(),
    account: z.string(),
    kind: z.enum(FINDING_KINDS),
    verification: z.string().nullable(),
    attempt: z.string().nullable(),
    phone: z.string().nullable(),
    at: time,
    ours: side,
    theirs: side,
    difference: MoneyView.openapi({ description: 'The operator’s charge less the cost we know of.' }),
    state: z.enum(FINDING_STATES),
    note: z.string().nullable(),
    postable: z.boolean().openapi({
      description:
        'Whether the difference can be posted: false if it is zero, if the ledger already has it, or if another difference of the call was posted since.',
    }),
    adjustment: z.string().nullable().openapi({ description: 'The ledger transaction that settled it.' }),
    created_at: time,
    resolved_at: time.nullable(),
  })
  .openapi('Finding')

export type FindingView = z.infer<typeof FindingView>

export const RunView = z
  .object({
    id: z.string().openapi({ example: 'rec_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    account: z.string(),
    from: time,
    to: time,
    status: z.enum(RUN_STATUSES),
    error: z.string().nullable().openapi({ description: 'Why the comparison failed.' }),
    records: z.int().openapi({ description: 'Operator records compared.' }),
    attempts: z.int(),
    findings_count: z.int().openapi({ description: 'Differences that no earlier run found.' }),
    findings: z.array(FindingView).openapi({ description: 'The first hundred of them.' }),
    created_at: time,
    finished_at: time.nullable(),
  })
  .openapi('Reconciliation')

export type RunView = z.infer<typeof RunView>

export const RunsQuery = z.strictObject({ account: account.optional(), ...page })

export type RunsQuery = z.infer<typeof RunsQuery>

export const RunInput = z
  .strictObject({ account, ...span })
  .superRefine(checkSpan)
  .openapi('StartReconciliation', { description: 'The last 24 hours by default.' })

export type RunInput = z.infer<typeof RunInput>

export const FindingsQuery = z.strictObject({
  account: account.optional(),
  state: z.enum(FINDING_STATES).optional(),
  kind: z.enum(FINDING_KINDS).optional(),
  ...page,
})

export type FindingsQuery = z.infer<typeof FindingsQuery>

export const ResolveInput = z
  .strictObject({
    state: z.enum(FINDING_STATES),
    note: text(1000).openapi({ description: 'The explanation; with an adjustment, also its reason.' }),
    adjustment: z.boolean().default(false).openapi({
      description: 'Whether to post the difference to the ledger.',
    }),
  })
  .openapi('ResolveFinding')

export type ResolveInput = z.infer<typeof ResolveInput>
