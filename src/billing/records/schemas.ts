import { z } from '@hono/zod-openapi'
import { MoneyView, moment, time } from '../schemas.ts'

const SPAN_DAYS_MAX = 366
const DAY_MS = 86_400_000

const day = z.iso.date({ error: 'must be a day that exists, e.g. 2026-01-31' })
const described = { type: 'string' as const, description: 'A time in RFC 3339, or a day (UTC).' }
const from = z
  .union([moment, day.transform((value) => new Date(`${value}T00:00:00.000Z`))], {
    error: 'must be a time or day that exists, e.g. 2026-01-31T12:00:00Z or 2026-01-31',
  })
  .openapi({ ...described, example: '2026-01-01' })
const to = z
  .union([moment, day.transform((value) => new Date(`${value}T23:59:59.999Z`))], {
    error: 'must be a time or day that exists, e.g. 2026-01-31T12:00:00Z or 2026-01-31',
  })
  .openapi({ ...described, example: '2026-01-31' })

/** `from` and `to`, both included. */
export const span = { from: from.optional(), to: to.optional() }

type Span = { from?: Date | undefined; to?: Date | undefined }

/** Adds that a span goes forward, and is no longer than a year. */
export function checkSpan({ from, to = new Date() }: Span, issues: z.core.$RefinementCtx): void {
  if (!from) return
  const message =
    from > to
      ? 'must not be after to'
      : to.getTime() - from.getTime() > SPAN_DAYS_MAX * DAY_MS
        ? `must be at most ${SPAN_DAYS_MAX} days before to`
        : null
  if (message) issues.addIssue({ code: 'custom', path: ['from'], message })
}

export const RecordsQuery = z
  .strictObject({
    ...span,
    phone: z.string().min(1).max(64).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
    cursor: z.string().max(200).optional(),
    bom: z.enum(['0', '1']).default('0').openapi({
      description: 'With CSV: whether the file begins with a byte order mark, which some spreadsheets want.',
    }),
  })
  .superRefine(checkSpan)

export type RecordsQuery = z.infer<typeof RecordsQuery>

export const RecordView = z
  .object({
    id: z.string().openapi({ example: 'led_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    at: time.openapi({ description: 'When the call was placed.' }),
    verification: z.string(),
    attempt: z.string(),
    phone: z.string(),
    channel: z.string(),
    provider: z.string().nullable(),
    status: z.string(),
    status_info: z.string().nullable().openapi({ description: 'The operator’s own words.' }),
    price: MoneyView.nullable().openapi({
      description: 'What the tenant pays for the call; null while that is not decided.',
    }),
    cost: MoneyView.nullable().openapi({
      description: 'What the operator charges; null where it is not known.',
    }),
  })
  .openapi('BillingRecord')

export type RecordView = z.infer<typeof RecordView>

export const GROUPS = ['day', 'month', 'provider', 'account', 'prefix', 'status'] as const

export const SummaryQuery = z
  .strictObject({
    ...span,
    group_by: z.enum(GROUPS).default('day'),
  })
  .superRefine(checkSpan)

export type SummaryQuery = z.infer<typeof SummaryQuery>

const sums = {
  calls: z.int(),
  delivered: z.int(),
  price: MoneyView.openapi({ description: 'What the tenant pays.' }),
  reserved: MoneyView.openapi({ description: 'What is set aside for calls that are not settled yet.' }),
  costs: z.array(MoneyView).openapi({ description: 'What operators charge, by currency.' }),
}

export const SummaryView = z
  .object({
    from: time,
    to: time,
    group_by: z.enum(GROUPS),
    data: z.array(
      z.object({
        key: z.string().openapi({ description: 'The day, provider, …', example: '2026-01-31' }),
        ...sums,
      }),
    ),
    total: z.object(sums),
  })
  .openapi('BillingSummary')

export type SummaryView = z.infer<typeof SummaryView>
