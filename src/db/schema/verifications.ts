import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { CallTo } from '../../channels/call-to.ts'
import { CHANNELS, type Step } from '../../channels/channels.ts'
import type { hintFrom } from '../../channels/hint.ts'
import type { Feedback } from '../../values/feedback.ts'
import {
  ACTIVE_STATUSES,
  ATTEMPT_STATUSES,
  OPEN_ATTEMPT_STATUSES,
  VERIFICATION_STATUSES,
} from '../../values/statuses.ts'
import { PRICE_PERS } from './billing.ts'
import { bytea, id, instant, isOneOf } from './columns.ts'

export const verifications = pgTable(
  'verifications',
  {
    id: id(),
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    phone: text('phone').notNull(),
    /** The phone's country (ISO 3166 alpha-2); null: unknown, erased, or older than the column. */
    country: text('country'),
    /** Of the current step or the last retry. */
    channel: text('channel', { enum: CHANNELS }).notNull(),
    /** The steps in order; null for a verification with one channel. */
    workflow: jsonb('workflow').$type<Step[]>(),
    /** Index in `workflow` of the last step that began or was skipped. */
    step: smallint('step').notNull().default(0),
    /** When the next step begins by itself; null: never. */
    nextAt: instant('next_at'),
    status: text('status', { enum: VERIFICATION_STATUSES }).notNull(),
    /** The final status; null while live. What is indexed does not change before the end. */
    outcome: text('outcome').generatedAlwaysAs(sql`case when completed_at is not null then status end`),
    checksLeft: smallint('checks_left').notNull(),
    maxChecks: smallint('max_checks').notNull(),
    retries: smallint('retries').notNull(),
    attempts: smallint('attempts').notNull(),
    codeLength: smallint('code_length'),
    /** All lengths that codes of the verification can have; null for one that began before they were kept. */
    codeLengths: smallint('code_lengths').array(),
    callerHint: jsonb('caller_hint').$type<ReturnType<typeof hintFrom>>(),
    /** The language of its reader, a canonical BCP 47 tag; null if the client did not say. */
    locale: text('locale'),
    /** The number that the person calls; null unless an inbound call is awaited. */
    callTo: jsonb('call_to').$type<CallTo>(),
    /** Keyed hash of operator and phone while an inbound call is requested or awaited. */
    callToKey: bytea('call_to_key'),
    reference: text('reference'),
    clientIp: text('client_ip'),
    /** Keyed hash of the requester (device or address); null if the client named none. */
    requester: bytea('requester'),
    metadata: jsonb('metadata').$type<Record<string, string>>(),
    failureCode: text('failure_code'),
    /** Whose client checks the code, at a door; null: we check it. */
    compatCredentialId: uuid('compat_credential_id'),
    /** The code, once it is known and until the end; only for a client that checks it. */
    sealedCode: bytea('sealed_code'),
    /** Since when that client knows the code: all later calls carry it. */
    codeKnownAt: instant('code_known_at'),
    /** What the client reported about its calls, each reason once. */
    feedback: text('feedback').array().$type<Feedback[]>(),
    /** Erased, after the statistics took what it adds to them; null: they are counted from the row. */
    tallied: boolean('tallied'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    deliveredAt: instant('delivered_at'),
    completedAt: instant('completed_at'),
    /** Number and hash of the last event of the verification's audit chain. */
    auditSeq: integer('audit_seq').notNull(),
    auditHead: bytea('audit_head').notNull(),
  },
  (t) => [
    index('verifications_list').on(t.tenantId, t.livemode, t.id),
    // Support searches by the last digits. The whole phone is found among those that share them.
    index('verifications_phone').on(t.tenantId, t.livemode, sql`right(phone, 4)`, t.id, t.phone),
    index('verifications_reference')
      .on(t.tenantId, t.livemode, t.reference, t.id)
      .where(sql`reference is not null`),
    index('verifications_outcome')
      .on(t.tenantId, t.livemode, t.outcome, t.id)
      .where(sql`outcome is not null`),
    check('verifications_status_known', isOneOf('status', VERIFICATION_STATUSES)),
    check('verifications_checks', sql`checks_left between 0 and max_checks and max_checks between 1 and 10`),
    check('verifications_completed', sql`(completed_at is null) = (${isOneOf('status', ACTIVE_STATUSES)})`),
    check(
      'verifications_sealed_code',
      sql`sealed_code is null or (compat_credential_id is not null and completed_at is null)`,
    ),
    check('verifications_locked', sql`status <> 'locked' or checks_left = 0`),
  ],
)

/** The verifications in progress, with what must be unique among them or comes due: small, whatever the history. */
export const liveVerifications = pgTable(
  'live_verifications',
  {
    verificationId: uuid('verification_id').primaryKey(),
    tenantId: uuid('tenant_id').notNull(),
    livemode: boolean('livemode').notNull(),
    phone: text('phone').notNull(),
    requester: bytea('requester'),
    callToKey: bytea('call_to_key'),
    nextAt: instant('next_at'),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    uniqueIndex('verifications_one_live').on(
      t.tenantId,
      t.livemode,
      t.phone,
      sql`coalesce(requester, ''::bytea)`,
    ),
    // An operator may credit a call to either of two requests for one phone: the second must wait for its turn.
    uniqueIndex('verifications_call_to').on(t.callToKey).where(sql`call_to_key is not null`),
    index('live_verifications_next').on(t.nextAt).where(sql`next_at is not null`),
    index('live_verifications_expiry').on(t.expiresAt),
  ],
)

/** `source`: who named it. */
export type CarrierTold = { name: string; mcc: string | null; mnc: string | null; source: string }

const CHARGES = ['reserved', 'captured', 'released'] as const

export const attempts = pgTable(
  'attempts',
  {
    id: uuid('id').notNull(),
    verificationId: uuid('verification_id').notNull(),
    /** 1, 2, 3 … within the verification. */
    ordinal: smallint('ordinal').notNull(),
    /** The step of the workflow that it belongs to; 0 without a workflow. */
    step: smallint('step').notNull().default(0),
    /** 0 for the start, one more with each step and retry: no account is used twice in a round. */
    round: smallint('round').notNull(),
    channel: text('channel', { enum: CHANNELS }).notNull(),
    /** Chosen when a worker claims the attempt; null until then. */
    accountId: uuid('account_id'),
    provider: text('provider'),
    status: text('status', { enum: ATTEMPT_STATUSES }).notNull(),
    statusDetail: text('status_detail'),
    /** True if the outcome is inferred, not reported. */
    assumed: boolean('assumed').notNull(),
    codeHash: bytea('code_hash'),
    codeLength: smallint('code_length'),
    /** The chance to guess the code, in millionths; null: as its length says. */
    codeChance: integer('code_chance'),
    callerHint: jsonb('caller_hint').$type<ReturnType<typeof hintFrom>>(),
    /** The phone's network as an operator named it; erased with the phone. */
    carrier: jsonb('carrier').$type<CarrierTold>(),
    operatorCallId: text('operator_call_id'),
    /** For its index: null until the end, so that nothing before it changes an index. */
    endedCall: text('ended_call').generatedAlwaysAs(
      sql`case when ended_at is not null then operator_call_id end`,
    ),
    /** Name of the operator's record that was adopted as this call. */
    operatorRow: text('operator_row'),
    costMicros: bigint('cost_micros', { mode: 'bigint' }),
    costCurrency: text('cost_currency'),
    /** What the tenant pays for the attempt and for what, as of when it was queued; null: nothing. */
    priceMicros: bigint('price_micros', { mode: 'bigint' }),
    priceCurrency: text('price_currency'),
    pricePer: text('price_per', { enum: PRICE_PERS }),
    /** Whether that is still on hold, captured or released. Test mode moves no money. */
    charge: text('charge', { enum: CHARGES }),
    settledAt: instant('settled_at'),
    createdAt: instant('created_at').notNull(),
    placingAt: instant('placing_at'),
    /** When we learned that the answer was lost. */
    unclearAt: instant('unclear_at'),
    placedAt: instant('placed_at'),
    endedAt: instant('ended_at'),
    /**
     * When a call without a final status ends as the provider declares; for a queued attempt, how long to
     * wait for a resting account.
     */
    deadlineAt: instant('deadline_at'),
    /** Polls or searches so far: if two workers do the same one, the second changes nothing. */
    looks: integer('looks').notNull(),
    /** Keyed hash of the last other phone that called the number of an inbound call. */
    otherCaller: bytea('other_caller'),
  },
  (t) => [
    primaryKey({ columns: [t.verificationId, t.ordinal] }),
    index('attempts_operator_call').on(t.endedCall).where(sql`ended_call is not null`),
    // Rows come in the order of their ids: spans of time, and the rare look for one id.
    index('attempts_ids').using('brin', t.id).with({ autosummarize: true, pages_per_range: 16 }),
    check('attempts_charge', sql`(charge is null) = (price_micros is null)`),
    check('attempts_status_known', isOneOf('status', ATTEMPT_STATUSES)),
    check('attempts_ended', sql`(ended_at is null) = (${isOneOf('status', OPEN_ATTEMPT_STATUSES)})`),
  ],
)

/** Which operators were asked for which verification, for searches. Partitioned as attempts are. */
export const askedProviders = pgTable(
  'asked_providers',
  { provider: text('provider').notNull(), verificationId: uuid('verification_id').notNull() },
  (t) => [primaryKey({ columns: [t.provider, t.verificationId] })],
)

/** Attempts due within this many seconds of each other share a slot of the index: most polls stay in theirs. */
export const DUE_SLOT_SECONDS = 16

/** What a worker must look at again: attempts that have not ended, and ended ones that hold money and stay unknown. */
export const dueAttempts = pgTable(
  'due_attempts',
  {
    attemptId: uuid('attempt_id').primaryKey(),
    verificationId: uuid('verification_id').notNull(),
    /** When a worker must look at the latest. */
    dueAt: instant('due_at').notNull(),
    /** `due_at` in whole slots since 1970. */
    slot: integer('slot').notNull(),
    /** The account that is placing or has placed the call; null before and after. */
    accountId: uuid('account_id'),
    channel: text('channel', { enum: CHANNELS }).notNull(),
    /** Keyed hash of the number that it calls from, if that bears no second call. */
    lineHash: bytea('line_hash'),
    /** When the operator's webhook for an inbound call last made us ask. */
    noticedAt: instant('noticed_at'),
  },
  (t) => [
    index('due_attempts_slot').on(t.slot),
    index('due_attempts_account').on(t.accountId).where(sql`account_id is not null`),
    uniqueIndex('attempts_line').on(t.accountId, t.lineHash).where(sql`line_hash is not null`),
  ],
)

/** Operators' records that were adopted as calls: each once, whatever the month. */
export const adoptedRows = pgTable(
  'adopted_rows',
  {
    accountId: uuid('account_id').notNull(),
    operatorRow: text('operator_row').notNull(),
    attemptId: uuid('attempt_id').notNull(),
  },
  (t) => [primaryKey({ name: 'attempts_operator_row', columns: [t.accountId, t.operatorRow] })],
)
