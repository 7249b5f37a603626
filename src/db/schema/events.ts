import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, json, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, createdAt, id, instant, isOneOf } from './columns.ts'
import { tenants } from './tenants.ts'

/** Why we disabled an endpoint: it answered 410, or failed for days. */
export const DISABLED_REASONS = ['gone', 'failing'] as const

/** Where a tenant receives the events of one mode. */
export const webhookEndpoints = pgTable(
  'webhook_endpoints',
  {
    id: id(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    livemode: boolean('livemode').notNull(),
    url: text('url').notNull(),
    /** Null: all. */
    eventTypes: text('event_types').array(),
    description: text('description'),
    enabled: boolean('enabled').notNull(),
    /** Null while it is enabled, or if its tenant disabled it. */
    disabledReason: text('disabled_reason', { enum: DISABLED_REASONS }),
    /** Sealed. */
    secret: bytea('secret').notNull(),
    /** The secret before the last rotation, sealed; it also signs until `former_until`. */
    formerSecret: bytea('former_secret'),
    formerUntil: instant('former_until'),
    /** The first failed try since the last success. */
    failingSince: instant('failing_since'),
    /** The receiver asked us not to send before this (Retry-After). */
    resumesAt: instant('resumes_at'),
    createdAt: createdAt(),
    updatedAt: instant('updated_at').notNull().default(sql`now()`),
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    index('webhook_endpoints_list').on(t.tenantId, t.livemode, t.id),
    index('webhook_endpoints_enabled').on(t.id).where(sql`enabled and deleted_at is null`),
    index('webhook_endpoints_deleted').on(t.deletedAt).where(sql`deleted_at is not null`),
    check('webhook_endpoints_disabled', sql`not enabled or disabled_reason is null`),
    check('webhook_endpoints_reason_known', isOneOf('disabled_reason', DISABLED_REASONS)),
    check('webhook_endpoints_former', sql`(former_secret is null) = (former_until is null)`),
  ],
)

export const DELIVERY_STATUSES = ['waiting', 'delivered', 'failed', 'cancelled'] as const

/** The outbox: an event for one endpoint, written with what it tells, and what became of it. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: id(),
    endpointId: uuid('endpoint_id')
      .notNull()
      .references(() => webhookEndpoints.id),
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    /** The audit event; the receiver's `webhook-id`. */
    eventId: uuid('event_id').notNull(),
    type: text('type').notNull(),
    /** Null for events of no verification. */
    verificationId: uuid('verification_id'),
    /** The event's number in the verification's audit chain. */
    sequence: integer('sequence'),
    /** Sent as stored. `json` keeps the text, so that every try sends the same bytes. */
    body: json('body').$type<object>().notNull(),
    status: text('status', { enum: DELIVERY_STATUSES }).notNull(),
    tries: smallint('tries').notNull(),
    /** When it is next looked at; null once it is over. */
    dueAt: instant('due_at'),
    triedAt: instant('tried_at'),
    /** What came of the last try. */
    responseStatus: smallint('response_status'),
    /** The first KiB. */
    responseBody: text('response_body'),
    milliseconds: integer('milliseconds'),
    /** A code, if no complete answer came. */
    error: text('error'),
    createdAt: instant('created_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('webhook_deliveries_list').on(t.endpointId, t.id),
    index('webhook_deliveries_due').on(t.endpointId, t.dueAt, t.id).where(sql`due_at is not null`),
    // The order within a verification, and erasure. Two columns to look up by: by one, the planner might prefer
    // an index of the whole endpoint while its statistics are old.
    index('webhook_deliveries_verification')
      .on(t.verificationId, t.endpointId, t.sequence)
      .where(sql`verification_id is not null`),
    // For erasure.
    index('webhook_deliveries_finding')
      .on(sql`(body #>> '{data,finding,phone}')`)
      .where(sql`type = 'finding.created'`),
    check('webhook_deliveries_status_known', isOneOf('status', DELIVERY_STATUSES)),
    check('webhook_deliveries_due_while_waiting', sql`(due_at is not null) = (status = 'waiting')`),
    check('webhook_deliveries_ended', sql`(ended_at is null) = (status = 'waiting')`),
  ],
)
