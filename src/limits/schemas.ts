import { z } from '@hono/zod-openapi'
import { CHANNELS } from '../channels/channels.ts'
import { Workflow } from '../channels/workflow-schemas.ts'
import { parseAmount } from '../values/money.ts'
import { cleanPrefix } from '../values/phone-schemas.ts'
import { issue, pack } from '../words/text.ts'

/**
 * Number types of libphonenumber's metadata, as the policy names them, and `satellite`: +870, +881, +882,
 * +883.
 */
export const NUMBER_TYPES = [
  'premium_rate',
  'shared_cost',
  'toll_free',
  'voip',
  'personal_number',
  'pager',
  'uan',
  'voicemail',
  'satellite',
  'fixed_line',
  'mobile',
  'fixed_line_or_mobile',
] as const

const limit = z.int().min(0).max(1_000_000_000).nullable()
const kept = z.int().min(0).max(1_000_000_000)
const prefixes = z
  .array(
    z
      .string()
      .max(64)
      .overwrite(cleanPrefix)
      .regex(/^\+\d{1,15}$/, issue('prefix')),
  )
  .max(1000)

const LIMITS = {
  starts_per_phone_10m: limit.openapi({
    description: 'Starts and retries for one phone in any 10 minutes.',
  }),
  starts_per_phone_hour: limit.openapi({ description: 'Starts and retries for one phone in any hour.' }),
  starts_per_phone_day: limit.openapi({
    description: 'Starts and retries for one phone in any 24 hours.',
  }),
  phone_pause_seconds: limit.openapi({
    description: 'Pause between starts for one phone; doubles with each start of the last hour.',
  }),
  wrong_guesses_per_phone_day: limit.openapi({
    description:
      'Wrong codes for one phone in any 24 hours, across all its verifications, counted in four-digit guesses: a wrong five-digit code is a tenth of one, a six-digit code a hundredth. 9 limits the chance of a right guess to 9·10⁻⁴; 1 meets the 10⁻⁴ of NIST SP 800-63B. Beside that, at most 30 wrong checks (or this many, if more) of any length. Accounts with a pool of numbers so small that this many guesses hit with a chance above 9·10⁻⁴ are not used for flash calls; with null, none with a pool is.',
  }),
  guesses_kept_for_known: limit.openapi({
    description:
      'Part of `wrong_guesses_per_phone_day`, and as many of the 30 wrong checks, kept for requesters who approved this phone in the last 90 days. At least one guess stays open to others. Applies to requests that name a `device` or `client_ip`.',
  }),
  wrong_guesses_per_requester_day: limit.openapi({
    description:
      'Wrong codes from one requester (`device`, else `client_ip`) for one phone in any 24 hours, counted in four-digit guesses; beyond it, right codes are refused, too.',
  }),
  starts_per_ip_hour: limit.openapi({
    description:
      'Starts from one `client_ip` in any hour (IPv6: one /64; four times as many from its /56, sixteen times from its /48).',
  }),
  starts_per_prefix_hour: limit.openapi({
    description: 'Starts to one number range (country code and six digits) in any hour.',
  }),
} as const

const LISTS = {
  allow_prefixes: prefixes.nullable().openapi({
    description: 'Only these may be called; null: all. The longest matching prefix of both lists decides.',
  }),
  deny_prefixes: prefixes.nullable().openapi({ description: 'These may not be called.' }),
  deny_number_types: z.array(z.enum(NUMBER_TYPES)).nullable().openapi({
    description: 'Types of number that may not be called. A landline cannot show a flash call.',
  }),
  starts_kept_for_known: z.strictObject({ '10m': kept, hour: kept, day: kept }).nullable().openapi({
    description:
      'Part of `starts_per_phone_10m`, `_hour` and `_day` kept for requesters who approved this phone in the last 90 days. At least one start stays open to others. Applies to requests that name a `device` or `client_ip`.',
  }),
  allow_channels: z.array(z.enum(CHANNELS)).nullable().openapi({
    description:
      'Only these channels may be used; null: all. A step of a workflow over another channel is skipped. A calling number can be forged, so leave out `inbound_call` where that matters.',
  }),
  conversion_guard: z
    .strictObject({
      min_finished: z.int().min(1).max(1_000_000),
      min_approved_percent: z.number().min(0).max(100),
    })
    .nullable()
    .openapi({
      description:
        'A number range closes once verifications of at least `min_finished` different requesters ended within an hour and fewer than `min_approved_percent` of these requesters were approved. It opens when enough probe starts are approved, after an hour at the latest. Known requesters and phones approved in the last 90 days are still admitted.',
    }),
} as const

const MONEY = {
  spend_per_day: z
    .string()
    .max(100)
    .superRefine((text, issues) => {
      const read = parseAmount(text)
      if ('refused' in read) issues.addIssue({ code: 'custom', message: pack(read.refused) })
    })
    .nullable()
    .openapi({
      description:
        'Limit on the price of live calls per day (UTC), in the tenant’s currency; a start or retry beyond it is refused. Released holds do not count.',
      example: '500.00',
    }),
} as const

export type Rule = keyof typeof LIMITS | keyof typeof LISTS | keyof typeof MONEY
export const RULES = Object.keys({ ...LIMITS, ...LISTS, ...MONEY }) as Rule[]
export type LimitRule = keyof typeof LIMITS | 'starts_kept_for_known'

const WORKFLOW = {
  default_workflow: Workflow.nullable().openapi({
    description: 'The workflow of starts that name neither `channel` nor `workflow`; null: a flash call.',
  }),
} as const

export const StartHook = z
  .strictObject({
    url: z.string().max(500).openapi({
      description:
        'Must be on the public internet and start with https:// (in development also http:// and private addresses). No user name, no fragment.',
      example: 'https://example.com/ringproof/start',
    }),
    timeout_ms: z.int().min(100).max(3000).openapi({
      description: 'For the whole request, from resolving the name to the last byte of the answer.',
      example: 500,
    }),
    on_failure: z.enum(['allow', 'deny']).openapi({
      description: 'What happens to the start if the hook gives no valid answer in time.',
    }),
  })
  .openapi('StartHook')

const HOOK = {
  start_hook: StartHook.nullable().openapi({
    description:
      'Your URL that is asked before each start, and may deny it or change its channel; null: none. See `docs/webhooks.md`.',
  }),
} as const

/** A tenant's whole policy. `null` switches a limit off. */
export const Policy = z
  .strictObject({
    ...LIMITS,
    ...LISTS,
    ...MONEY,
    ...WORKFLOW,
    ...HOOK,
    observe: z.array(z.enum(RULES as [Rule, ...Rule[]])).openapi({
      description: 'Fields that are counted and audited but not enforced.',
    }),
  })
  .openapi('Policy')

export type Policy = z.infer<typeof Policy>

const secret = z.string().openapi({
  description: 'Signs the requests to the hook. Shown only in this answer.',
  example: 'whsec_…',
})

/** The policy after a change; with the hook's secret if the change created it. */
export const ChangedPolicy = z
  .object({
    ...Policy.shape,
    start_hook: z.object({ ...StartHook.shape, secret: secret.optional() }).nullable(),
  })
  .openapi('ChangedPolicy')

export type ChangedPolicy = z.infer<typeof ChangedPolicy>

/** The hook with its new secret. */
export const RotatedHook = z
  .object({
    ...StartHook.shape,
    secret,
    former_secret_until: z.string().nullable().openapi({
      format: 'date-time',
      description: 'Until when requests are also signed with the former secret.',
    }),
  })
  .openapi('RotatedStartHook')

export type RotatedHook = z.infer<typeof RotatedHook>

/** Any fields of the policy; omitted fields stay unchanged. */
export const PolicyChanges = Policy.partial().openapi('PolicyChanges')

export type PolicyChanges = z.infer<typeof PolicyChanges>

/** Defaults for the fields a tenant has not set. */
export const DEFAULT_POLICY: Policy = {
  starts_per_phone_10m: 3,
  starts_per_phone_hour: 5,
  starts_per_phone_day: 10,
  phone_pause_seconds: 30,
  wrong_guesses_per_phone_day: 9,
  guesses_kept_for_known: 3,
  wrong_guesses_per_requester_day: 3,
  starts_per_ip_hour: 20,
  starts_per_prefix_hour: 200,
  allow_prefixes: null,
  deny_prefixes: null,
  deny_number_types: [
    'premium_rate',
    'shared_cost',
    'toll_free',
    'voip',
    'personal_number',
    'pager',
    'uan',
    'voicemail',
    'satellite',
    'fixed_line',
  ],
  starts_kept_for_known: { '10m': 1, hour: 2, day: 3 },
  allow_channels: null,
  conversion_guard: { min_finished: 50, min_approved_percent: 10 },
  spend_per_day: null,
  default_workflow: null,
  start_hook: null,
  observe: [],
}

/** The complete policy of a tenant that has set `fields`. */
export function completePolicy(fields: Record<string, unknown>): Policy {
  return Policy.parse({ ...DEFAULT_POLICY, ...fields })
}

/** A policy in force: its fields, those set by the tenant, and the ranges closed by the guard. */
export type PolicyInForce = {
  policy: Policy
  set: ReadonlySet<string>
  /** End of each closure, by `guardKey`. */
  guarded: ReadonlyMap<string, Date>
  /** Whether the tenant trusts or blocks any phone. */
  hasStandings: boolean
}

export const SimulateInput = z
  .strictObject({
    changes: PolicyChanges.default({}),
    days: z.int().min(1).max(30).default(7),
  })
  .openapi('SimulatePolicy')

export const SimulationView = z
  .object({
    days: z.int(),
    starts: z.int().openapi({ description: 'Starts replayed: the newest, at most 100,000.' }),
    truncated: z.boolean(),
    denied_now: z.int().openapi({ description: 'Replayed starts that were denied originally.' }),
    denied_then: z.int().openapi({ description: 'Replayed starts that the changed policy would deny.' }),
    by_rule: z.record(z.string(), z.int()),
    examples: z
      .array(z.object({ verification: z.string(), rule: z.string(), threshold: z.string() }))
      .openapi({ description: 'The newest twenty that the changed policy would deny.' }),
  })
  .openapi('PolicySimulation')
