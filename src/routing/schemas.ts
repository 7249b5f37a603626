import { z } from '@hono/zod-openapi'
import { CHANNELS } from '../channels/channels.ts'
import { BREAKER_STATES } from '../db/schema/account-health.ts'
import { providers } from '../providers/registry.ts'
import { cleanPrefix } from '../values/phone-schemas.ts'
import { issue } from '../words/text.ts'

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .openapi({ description: 'Your name for the account; unique.', example: 'main' })
const baseUrl = z.string().min(1).max(500).openapi({
  description:
    'The URL of the operator’s API; by default the one that the operator documents. For sip, the trunk: `sip:trunk.example.net:5060;transport=udp`.',
  example: 'https://api.telefon-ip.ru',
})
const credentials = z.record(z.string(), z.unknown()).openapi({
  description:
    'The credentials, in the provider’s shape: a token, keys, a user and a password, or the lines of an account. No response ever contains them.',
  example: { token: '4ea13fbf-f5a3-4c1d-9c1a-0123456789ab' },
})
const settings = z.record(z.string(), z.unknown()).openapi({
  description: 'The provider’s settings; omitted ones have their defaults.',
})
const check = z.enum(['try', 'require']).openapi({
  description:
    'How to check the credentials: by requesting the balance, or, for a SIP trunk with `register`, by registering; for at most 8 seconds. `try` (the default) saves in any case and returns the result as `check`; `require` saves only if the check succeeds.',
})
const provider = z.enum(Object.keys(providers) as [string, ...string[]])

export const CreateAccountInput = z
  .strictObject({
    provider,
    name,
    base_url: baseUrl.optional(),
    credentials,
    settings: settings.default({}),
    check: check.optional(),
  })
  .openapi('CreateProviderAccount')

export type CreateAccountInput = z.infer<typeof CreateAccountInput>

export const UpdateAccountInput = z
  .strictObject({
    name: name.optional(),
    base_url: baseUrl.optional(),
    credentials: credentials.optional(),
    settings: settings.optional(),
    enabled: z.boolean().optional().openapi({
      description:
        'False: routes skip the account until it is true again; calls in progress are followed to their end.',
    }),
    check: check.optional(),
  })
  .openapi('UpdateProviderAccount')

export type UpdateAccountInput = z.infer<typeof UpdateAccountInput>

export const AccountView = z
  .object({
    id: z.string().openapi({ example: 'prv_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    provider: z.string(),
    name: z.string(),
    base_url: z.string(),
    settings: z.record(z.string(), z.unknown()).openapi({ description: 'All settings, including defaults.' }),
    enabled: z.boolean().openapi({ description: 'Whether routes use the account.' }),
    created_at: z.string().openapi({ format: 'date-time' }),
    updated_at: z.string().openapi({ format: 'date-time' }),
  })
  .openapi('ProviderAccount')

export type AccountView = z.infer<typeof AccountView>

/** Only for accounts with a pool of numbers. */
export const numbersConfirmed = z.enum(['owned', 'unconfirmed']).openapi({
  description:
    'For an account with a pool: whether the operator confirms that it owns the numbers. `unconfirmed`: the operator cannot say, so make sure yourself.',
})

const tried = z.object({
  ok: z.boolean(),
  detail: z.string().nullable().openapi({
    description:
      'What is wrong, or what to know of credentials that work: that the account cannot call yet, or that the operator is reached without encryption. Null if there is nothing to say.',
    example: 'The operator rejects the credentials. The account is saved but stopped: …',
  }),
  numbers: numbersConfirmed.optional(),
})

export type CheckView = z.infer<typeof tried>

export const CreatedAccountView = AccountView.extend({ check: tried }).openapi('CreatedProviderAccount')

export type CreatedAccountView = z.infer<typeof CreatedAccountView>

export const UpdatedAccountView = AccountView.extend({
  check: tried.nullable().openapi({ description: 'Null if only the name changed: nothing was checked.' }),
}).openapi('UpdatedProviderAccount')

export type UpdatedAccountView = z.infer<typeof UpdatedAccountView>

const prefix = z
  .string()
  .max(64)
  .overwrite(cleanPrefix)
  .regex(/^\+\d{0,15}$/, issue('prefix'))
  .openapi({ description: 'An E.164 prefix; the longest that matches a phone applies.', example: '+79' })

const accounts = z
  .array(z.string().max(64))
  .min(1)
  .max(20)
  .openapi({ description: 'Ids of provider accounts, in the order in which they are tried.' })

export const CreateRouteInput = z
  .strictObject({ prefix, channel: z.enum(CHANNELS).default('flash_call'), accounts })
  .openapi('CreateRoute')

export type CreateRouteInput = z.infer<typeof CreateRouteInput>

export const UpdateRouteInput = z
  .strictObject({
    prefix: prefix.optional(),
    channel: z.enum(CHANNELS).optional(),
    accounts: accounts.optional(),
  })
  .openapi('UpdateRoute')

export type UpdateRouteInput = z.infer<typeof UpdateRouteInput>

export const RouteView = z
  .object({
    id: z.string().openapi({ example: 'rte_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    prefix: z.string(),
    channel: z.enum(CHANNELS),
    accounts: z.array(z.string()),
    created_at: z.string().openapi({ format: 'date-time' }),
  })
  .openapi('Route')

export type RouteView = z.infer<typeof RouteView>

const MoneyOrNull = z.object({ amount: z.string(), currency: z.string() }).nullable()
const shareOf = (what: string) =>
  z.object({ share: z.number(), calls: z.int() }).openapi({
    description: `The share of ${what}, weighted towards recent calls, and how many calls counted.`,
  })
const timeOrNull = (description: string) => z.string().nullable().openapi({ description })

export const HealthView = z
  .object({
    id: z.string(),
    stopped: z
      .object({
        reason: z.enum(['unauthorized', 'address']).openapi({
          description:
            '`unauthorized`: the operator rejected the account’s credentials; `address`: it rejected those of another account, and bans the address that requests come from.',
        }),
        at: z.string().openapi({ format: 'date-time' }),
        account: z
          .string()
          .nullable()
          .openapi({ description: 'The account whose credentials were rejected; null if it is not saved.' }),
        detail: z.string().openapi({ description: 'What happened, and what to do.' }),
        operator_said: z.string().nullable().openapi({
          description: 'The operator’s own words when it rejected the credentials, without secrets.',
        }),
      })
      .nullable()
      .openapi({
        description:
          'Nothing is sent for a stopped account until a person checks it (`POST …/check`) or changes its credentials or address; null if it is not stopped.',
      }),
    pool_too_small: z.boolean().openapi({
      description:
        'Whether the account is not used for flash calls of your tenant: its pool of numbers has so few different codes that the guesses of `wrong_guesses_per_phone_day` would hit one with a chance above 9·10⁻⁴.',
    }),
    guess_chance: z.number().nullable().openapi({
      description:
        'The chance that one guess hits the code of a flash call: 1 divided by the number of different codes. Null without that channel.',
    }),
    breaker: z.object({
      state: z.enum(BREAKER_STATES).openapi({
        description:
          '`open`: the account rests; `half_open`: one call probes whether the operator has recovered.',
      }),
      consecutive_faults: z.int().openapi({ description: 'Faults of the operator since its last success.' }),
      fault_ratio: z.number().openapi({ description: 'The share of faults, weighted towards recent calls.' }),
      open_until: timeOrNull('When the account may be tried again.'),
    }),
    balance: z.object({
      amount: MoneyOrNull.openapi({ description: 'As the operator last reported it.' }),
      limit: MoneyOrNull.openapi({ description: 'The operator places no calls below this balance.' }),
      call_price: MoneyOrNull.openapi({ description: 'The price of a call, if the operator reports one.' }),
      low: z.boolean().openapi({ description: 'Whether the balance is too low for a call.' }),
      checked_at: timeOrNull('When the balance was last requested.'),
      error: z
        .string()
        .nullable()
        .openapi({ description: 'Why the last request failed; null if it succeeded.' }),
    }),
    calls_in_flight: z.int().openapi({ description: 'Calls in progress.' }),
    prefixes: z
      .array(
        z.object({
          channel: z.enum(CHANNELS),
          prefix: z.string(),
          delivered: shareOf('calls and messages that reached the phone'),
          approved: shareOf('those whose verification was approved'),
          demoted_at: timeOrNull(
            'Since when the account is tried after the others for this channel and prefix.',
          ),
        }),
      )
      .openapi({ description: 'By channel and network prefix, most recently used first.' }),
  })
  .openapi('ProviderAccountHealth')
