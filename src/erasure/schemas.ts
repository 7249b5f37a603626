import { z } from '@hono/zod-openapi'
import { ERASURE_KINDS } from '../db/schema/audit-erasures.ts'
import { phone } from '../values/phone-schemas.ts'

const time = z.string().openapi({ format: 'date-time' })

export const EraseInput = z.strictObject({ phone }).openapi('ErasePhone')

export type EraseInput = z.infer<typeof EraseInput>

export const ErasureView = z
  .object({
    id: z.string().openapi({ example: 'era_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    kind: z.enum(ERASURE_KINDS).openapi({
      description: '`phone`: requested for a phone; `retention`: the tenant’s retention period ended.',
    }),
    status: z.enum(['pending', 'done']).openapi({
      description: '`pending` while a call to the phone is in progress or another process is erasing.',
    }),
    pseudonym: z.string().nullable().openapi({
      description: 'Stands for the phone in the audit, and after `erased:` in place of the phone itself.',
    }),
    livemode: z.boolean(),
    actor: z.string(),
    requested_at: time,
    completed_at: time.nullable(),
    verifications: z.int().openapi({ description: 'Verifications erased.' }),
    cancelled: z.int().openapi({ description: 'Of these, live ones that were cancelled first.' }),
    statement: z.record(z.string(), z.unknown()).nullable().openapi({
      description: 'The payload of the certificate.',
    }),
    certificate: z.string().nullable().openapi({
      description: 'The statement as a compact JWS (EdDSA); check it against /.well-known/jwks.json.',
    }),
  })
  .openapi('Erasure')

export type ErasureView = z.infer<typeof ErasureView>
