import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { bytea, createdAt, id, instant, isOneOf } from './columns.ts'
import { tenants } from './tenants.ts'

/** Of a phone that a tenant has singled out. */
export const STANDINGS = ['trusted', 'blocked'] as const

/** The index of ages holds hours, so that most updates change no index. */
const updated = () => ({
  updatedAt: instant('updated_at').notNull(),
  updatedHour: timestamp('updated_hour').generatedAlwaysAs(
    sql`date_trunc('hour', updated_at at time zone 'UTC')`,
  ),
})

const instants = (name: string) =>
  timestamp(name, { withTimezone: true, precision: 3, mode: 'date' }).array().notNull().default(sql`'{}'`)

/** One start of a named requester: the requester's short name, and the time in milliseconds since 1970. */
export type NamedInstant = { by: string; at: number }

/**
 * One wrong check. `by` empty: the requester was not named. `millionths`: its chance; absent: 100, one
 * four-digit guess.
 */
export type NamedGuess = NamedInstant & { millionths?: number }

const listOf = <T>(name: string) => jsonb(name).$type<T[]>().notNull().default([])

/** What happened to one phone of a tenant in the last day. */
export const phoneCounters = pgTable(
  'phone_counters',
  {
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    /** Keyed hash of the phone. */
    phoneKey: bytea('phone_key').notNull(),
    /** Times of its starts and retries, oldest first. */
    starts: instants('starts'),
    /**
     * Times of its wrong guesses, oldest first: of each check one for every 100 millionths of its chance,
     * rounded up. Alone they are what a version that knows no chances reads and writes.
     */
    wrongGuesses: instants('wrong_guesses'),
    /** The starts by named requesters, oldest first. */
    namedStarts: listOf<NamedInstant>('named_starts'),
    /** The wrong checks of named requesters, and all with a chance other than 100 millionths, oldest first. */
    namedGuesses: listOf<NamedGuess>('named_guesses'),
    ...updated(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.livemode, t.phoneKey] }),
    index('phone_counters_age').on(t.updatedHour),
  ],
)

/** Which requester was approved for which phone, and when last; kept for 90 days. */
export const knownRequesters = pgTable(
  'known_requesters',
  {
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    /** Keyed hash of the phone. */
    phoneKey: bytea('phone_key').notNull(),
    /** Keyed hash of the device or address. */
    requester: bytea('requester').notNull(),
    approvedAt: instant('approved_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.livemode, t.phoneKey, t.requester] }),
    index('known_requesters_age').on(t.approvedAt),
  ],
)

/** Starts of the last hour, by address or number prefix. */
export const startCounters = pgTable(
  'start_counters',
  {
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    /** `prefix +7924355` or `ip` and a keyed hash. */
    key: text('key').notNull(),
    /** Starts by minute since 1970: `{ "29384412": 3 }`. */
    minutes: jsonb('minutes').$type<Record<string, number>>().notNull(),
    ...updated(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.livemode, t.key] }),
    index('start_counters_age').on(t.updatedHour),
  ],
)

/** How the verifications of a range's requesters ended in the last hour, for the conversion guard. */
export const prefixConversions = pgTable(
  'prefix_conversions',
  {
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    prefix: text('prefix').notNull(),
    /**
     * By minute since 1970: the requesters whose verifications ended, and whether one was approved: `{
     * "29384412": { "9f3c…": true } }`.
     */
    minutes: jsonb('minutes').$type<Record<string, Record<string, boolean>>>().notNull(),
    /** While the range is closed: the latest outcomes of the verifications admitted since, by requester. */
    probes: jsonb('probes').$type<[string, boolean][]>().notNull().default([]),
    deniedUntil: instant('denied_until'),
    ...updated(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.livemode, t.prefix] }),
    index('prefix_conversions_age').on(t.updatedHour),
    index('prefix_conversions_denied').on(t.tenantId, t.deniedUntil).where(sql`denied_until is not null`),
  ],
)

/** Phones that a tenant trusts or blocks, in both modes. */
export const phoneStandings = pgTable(
  'phone_standings',
  {
    id: id(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    /** The phone's pseudonym. */
    phoneKey: bytea('phone_key').notNull(),
    /** The phone itself, sealed. */
    sealedPhone: bytea('sealed_phone').notNull(),
    standing: text('standing', { enum: STANDINGS }).notNull(),
    /** Null: until it is changed. */
    until: instant('until'),
    reason: text('reason'),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('phone_standings_phone').on(t.tenantId, t.phoneKey),
    index('phone_standings_list').on(t.tenantId, t.id),
    index('phone_standings_standing').on(t.tenantId, t.standing, t.id),
    index('phone_standings_end').on(t.until).where(sql`until is not null`),
    check('phone_standings_known', isOneOf('standing', STANDINGS)),
  ],
)

/** The fields of a tenant's policy that it has set itself. */
export const policies = pgTable(
  'policies',
  {
    tenantId: uuid('tenant_id')
      .primaryKey()
      .references(() => tenants.id),
    fields: jsonb('fields').$type<Record<string, unknown>>().notNull(),
    updatedAt: instant('updated_at').notNull(),
    /** Signs the requests to `start_hook`; sealed. */
    hookSecret: bytea('hook_secret'),
    /** The secret before the last rotation, sealed; it also signs until `hook_former_until`. */
    hookFormerSecret: bytea('hook_former_secret'),
    hookFormerUntil: instant('hook_former_until'),
  },
  () => [
    check(
      'policies_hook_secret',
      sql`(coalesce(fields -> 'start_hook', 'null') = 'null') = (hook_secret is null)`,
    ),
    check(
      'policies_hook_former',
      sql`(hook_former_secret is null) = (hook_former_until is null) and (hook_secret is not null or hook_former_secret is null)`,
    ),
  ],
)

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    key: text('key').notNull(),
    /** Keyed hash of method, path and body. */
    fingerprint: bytea('fingerprint').notNull(),
    /** The sealed answer; null while a run holds the claim. */
    answer: bytea('answer'),
    /** What a run committed, sealed; null before the commit and once the answer is stored. */
    result: bytea('result'),
    /** Names the run that holds the claim. */
    run: uuid('run').notNull().defaultRandom(),
    /** A run that has neither answered nor renewed its claim by then is dead: the next one takes over. */
    runningUntil: instant('running_until').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.livemode, t.key] }),
    index('idempotency_keys_age').on(t.createdAt),
  ],
)
