import { z } from '@hono/zod-openapi'
import { BREAKER_STATES } from '../db/schema/account-health.ts'
import { providers } from '../providers/registry.ts'
import { cleanPrefix } from '../values/phone-schemas.ts'
import { CHANNELS } from '../values/statuses.ts'
import { issue } from '../words/text.ts'

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .openapi({ description: 'Unique among the accounts.', example: 'main' })
const baseUrl = z.string().min(1).max(500).openapi({
  description: 'The operator’s API. The one that the operator documents by default.',
  example: 'https://api.telefon-ip.ru',
})
const credentials = z.record(z.string(), z.unknown()).openapi({
  description: 'As the provider wants them. They go in and never come out.',
  example: { token: '4ea13fbf-f5a3-4c1d-9c1a-0123456789ab' },
})
const settings = z.record(z.string(), z.unknown()).openapi({
  description: 'As the provider knows them; what is left out has its default.',
})
const check = z.enum(['try', 'require']).openapi({
  description:
    'The credentials are tried by asking the operator for the balance, for at most 5 seconds. `try` (the default) saves in any case and says in `check` how it went; `require` saves only what works.',
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
    settings: z.record(z.string(), z.unknown()).openapi({ description: 'All of them, with their defaults.' }),
    created_at: z.string().openapi({ format: 'date-time' }),
    updated_at: z.string().openapi({ format: 'date-time' }),
  })
  .openapi('ProviderAccount')

export type AccountView = z.infer<typeof AccountView>

const tried = z.object({
  ok: z.boolean(),
  detail: z.string().nullable().openapi({
    description: 'What is wrong; null where the credentials work.',
    example: 'The operator does not accept the credentials.',
  }),
})

export type CheckView = z.infer<typeof tried>

export const CreatedAccountView = AccountView.extend({ check: tried }).openapi('CreatedProviderAccount')

export type CreatedAccountView = z.infer<typeof CreatedAccountView>

export const UpdatedAccountView = AccountView.extend({
  check: tried.nullable().openapi({ description: 'Null for a change of the name alone: nothing was tried.' }),
}).openapi('UpdatedProviderAccount')

export type UpdatedAccountView = z.infer<typeof UpdatedAccountView>

const prefix = z
  .string()
  .max(64)
  .overwrite(cleanPrefix)
  .regex(/^\+\d{0,15}$/, issue('prefix'))
  .openapi({ description: 'The longest prefix that a phone begins with wins.', example: '+79' })

const accounts = z
  .array(z.string().max(64))
  .min(1)
  .max(20)
  .openapi({ description: 'Provider accounts, in the order in which they are asked.' })

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
    channel: z.string(),
    accounts: z.array(z.string()),
    created_at: z.string().openapi({ format: 'date-time' }),
  })
  .openapi('Route')

export type RouteView = z.infer<typeof RouteView>

const MoneyOrNull = z.object({ amount: z.string(), currency: z.string() }).nullable()
const Share = z.object({ share: z.number(), calls: z.int() })

export const HealthView = z
  .object({
    id: z.string(),
    breaker: z.object({
      state: z.enum(BREAKER_STATES),
      consecutive_faults: z.int(),
      fault_ratio: z.number(),
      open_until: z.string().nullable(),
    }),
    balance: z.object({
      amount: MoneyOrNull,
      limit: MoneyOrNull,
      call_price: MoneyOrNull,
      low: z.boolean(),
      checked_at: z.string().nullable(),
      error: z.string().nullable(),
    }),
    calls_in_flight: z.int(),
    prefixes: z.array(
      z.object({
        prefix: z.string(),
        delivered: Share,
        approved: Share,
        demoted_at: z.string().nullable().openapi({
          description: 'Since when the account comes behind the others for this prefix.',
        }),
      }),
    ),
  })
  .openapi('ProviderAccountHealth')
