import { z } from '@hono/zod-openapi'
import { isSupportedCountry } from 'libphonenumber-js/max'
import { amount, currency } from '../values/money-schemas.ts'
import { issue } from '../words/text.ts'

const name = z.string().trim().min(1).max(100)

const defaultRegion = z
  .string()
  .refine(isSupportedCountry, issue('country'))
  .nullable()
  .openapi({ description: 'Phones may be written in the national notation of this country.', example: 'RU' })

const creditLimit = amount.openapi({
  type: 'string',
  description: 'How far below zero the balance may go.',
  example: '0',
})

const retentionDays = z.int().min(7).max(3650).openapi({
  description:
    'Days until phones, addresses, references and metadata of verifications are erased. Counts, money and audit stay.',
  example: 365,
})

const allowedOrigins = z
  .array(z.string().max(255).refine(isOrigin, issue('origin')))
  .max(20)
  .transform((origins) => [...new Set(origins)])
  .openapi({
    type: 'array',
    items: { type: 'string' },
    description:
      'The origins of the pages that may use client tokens, e.g. `https://app.example.com`: `https`, or `http` on this machine (`localhost`).',
    example: ['https://app.example.com'],
  })

/** Whether a browser would send exactly this text as `Origin`, over HTTPS or from the machine itself. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.origin !== text) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOCAL.has(url.hostname))
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]'])

export const CreateTenantInput = z
  .strictObject({
    name,
    default_region: defaultRegion.default(null),
    currency: currency.default('RUB').openapi({ description: 'Cannot be changed later.' }),
    credit_limit: creditLimit.default(0n).openapi({ default: '0' }),
    retention_days: retentionDays.default(365),
    allowed_origins: allowedOrigins.default([]),
  })
  .openapi('CreateTenant')

export type CreateTenantInput = z.infer<typeof CreateTenantInput>

export const UpdateTenantInput = z
  .strictObject({
    name: name.optional(),
    default_region: defaultRegion.optional(),
    credit_limit: creditLimit.optional(),
    retention_days: retentionDays.optional(),
    allowed_origins: allowedOrigins.optional(),
  })
  .openapi('UpdateTenant')

export type UpdateTenantInput = z.infer<typeof UpdateTenantInput>

export const TenantView = z
  .object({
    id: z.string().openapi({ example: 'ten_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    name: z.string(),
    is_first: z
      .boolean()
      .openapi({ description: 'The installation’s own tenant, whose keys can hold `admin`.' }),
    default_region: z.string().nullable(),
    currency: z.string(),
    credit_limit: z.string().openapi({ example: '0.000000' }),
    retention_days: z.int(),
    allowed_origins: z.array(z.string()),
    created_at: z.string().openapi({ format: 'date-time' }),
  })
  .openapi('Tenant')

export type TenantView = z.infer<typeof TenantView>
