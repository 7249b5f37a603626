import { z } from '@hono/zod-openapi'
import { pageAfterRow } from '../values/page-schemas.ts'
import { phone, phoneEnds } from '../values/phone-schemas.ts'
import { VERIFICATION_STATUSES } from '../values/statuses.ts'
import { moment } from '../values/time-schemas.ts'
import { issue } from '../words/text.ts'

const time = z.string().openapi({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })

export const EventView = z
  .object({
    id: z.string().openapi({ example: 'evt_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    at: time,
    type: z.string().openapi({ example: 'verification.created' }),
    actor: z
      .string()
      .openapi({ description: 'The API key, the credential of a door, `worker` or `system`.' }),
    request_id: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
    hash: z.string(),
    prev_hash: z.string(),
  })
  .openapi('AuditEvent')

export const ListedEventView = EventView.extend({
  verification: z.string().nullable().openapi({
    description: 'The verification; null for events of the tenant itself: keys, policy, erasures.',
  }),
  seq: z.int().openapi({ description: 'Position in the chain of the verification or tenant, from 1.' }),
}).openapi('ListedAuditEvent')

export type ListedEventView = z.infer<typeof ListedEventView>

export const AuditTrail = z
  .object({ data: z.array(EventView), chain: z.enum(['intact', 'broken']) })
  .openapi('AuditTrail')

export const AuditQuery = z
  .strictObject({
    type: z
      .string()
      .max(64)
      .regex(/^[a-z_]+\.[a-z_]+$/, issue('event_type'))
      .optional(),
    verification: z.string().max(64).optional(),
    phone: phone.optional(),
    phone_ends: phoneEnds.optional(),
    reference: z.string().min(1).max(255).optional(),
    status: z.enum(VERIFICATION_STATUSES).optional().openapi({
      description: 'Current status of the verification.',
    }),
    provider: z.string().min(1).max(64).optional().openapi({
      description: 'Events of verifications with a call through this provider.',
      example: 'telefon-ip',
    }),
    from: moment.optional(),
    to: moment.optional(),
    ...pageAfterRow,
    bom: z.enum(['0', '1']).default('0').openapi({
      description: 'For CSV: `1` starts the file with a byte order mark, which some spreadsheets need.',
    }),
  })
  .refine((query) => !query.from || !query.to || query.from <= query.to, {
    path: ['from'],
    error: issue('after_to'),
  })

export type AuditQuery = z.infer<typeof AuditQuery>

export const CheckpointView = z
  .object({
    id: z.string().openapi({ example: 'chk_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    number: z
      .int()
      .openapi({ description: '1 for the hour of the first event, then counting up by the hour.' }),
    hour: time.openapi({ description: 'Start of the hour.' }),
    events: z.int(),
    prev_hash: z.string(),
    hash: z.string(),
    signature: z.string().openapi({
      description: 'These fields as a compact JWS (EdDSA); check it against /.well-known/jwks.json.',
    }),
    created_at: time,
  })
  .openapi('AuditCheckpoint')

export type CheckpointView = z.infer<typeof CheckpointView>
