import { type AuditEvent, CHAIN_START, hashEvent } from '../../src/audit/chain.ts'
import type { App, Author } from '../../src/context.ts'
import type { Tx } from '../../src/db/client.ts'
import { insertRows } from '../../src/db/rows.ts'
import { auditEvents, verifications } from '../../src/db/schema/index.ts'
import { appendEvent, type EventType } from '../../src/draft/append.ts'
import type { Verification } from '../../src/draft/rows.ts'

const AUTHOR: Author = { actor: 'worker', requestId: 'req_past' }
export const TYPES: EventType[] = [
  'verification.created',
  'attempt.queued',
  'attempt.placing',
  'attempt.placed',
  'check.wrong',
  'verification.expired',
]

/** An id as it would have been created at that time. */
export function idOf(time: Date): string {
  const random = crypto.randomUUID().replaceAll('-', '')
  const hex = `${time.getTime().toString(16).padStart(12, '0')}7${random.slice(13, -2)}00`
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** A verification started at that time, with one event a second. */
export function pastVerification(
  tenantId: string,
  at: Date,
  phone: string,
  overrides: Partial<Verification> = {},
): { row: Verification; events: AuditEvent[] } {
  const end = new Date(at.getTime() + TYPES.length * 1000)
  const row: Verification = {
    id: idOf(at),
    tenantId,
    livemode: false,
    phone,
    country: 'RU',
    channel: 'flash_call',
    workflow: null,
    step: 0,
    nextAt: null,
    status: 'expired',
    checksLeft: 2,
    maxChecks: 3,
    retries: 0,
    attempts: 1,
    codeLength: 4,
    locale: null,
    codeLengths: [4],
    callerHint: null,
    callTo: null,
    callToKey: null,
    reference: null,
    clientIp: null,
    requester: null,
    metadata: null,
    failureCode: null,
    compatCredentialId: null,
    sealedCode: null,
    codeKnownAt: null,
    feedback: null,
    tallied: null,
    createdAt: at,
    expiresAt: end,
    deliveredAt: null,
    completedAt: end,
    auditSeq: 0,
    auditHead: CHAIN_START,
    ...overrides,
  }
  const events = TYPES.map((type, i) => {
    const moment = new Date(at.getTime() + i * 1000)
    const head = row.auditHead
    const event = appendEvent(row, undefined, AUTHOR, moment, type, { n: i })
    // An event's id carries its time too.
    const dated = { ...event, id: idOf(moment), prevHash: head }
    row.auditHead = hashEvent(dated)
    return { ...dated, hash: row.auditHead }
  })
  return { row, events }
}

/** Stores `count` such verifications, `stepMs` apart. */
export async function writeHistory(
  { app }: { app: Pick<App, 'db'> },
  tenantId: string,
  { from, count, stepMs = 1000 }: { from: Date; count: number; stepMs?: number },
  overrides: (i: number) => Partial<Verification> = () => ({}),
) {
  const made = Array.from({ length: count }, (_, i) => {
    const phone = `+7924${String(1_000_000 + i)}`
    return pastVerification(tenantId, new Date(from.getTime() + i * stepMs), phone, overrides(i))
  })
  for (let start = 0; start < made.length; start += 500) {
    const some = made.slice(start, start + 500)
    await app.db.sql.begin(async (tx) => {
      await insertRows(
        tx,
        verifications,
        some.map(({ row }) => row),
      )
      await insertRows(
        tx,
        auditEvents,
        some.flatMap(({ events }) => events),
      )
    })
  }
  return made
}

/** Runs statements without triggers, as only a superuser can. */
export async function tamper(
  { app }: { app: Pick<App, 'db'> },
  statements: (tx: Tx) => Promise<unknown>,
): Promise<void> {
  await app.db.sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await statements(tx)
  })
}

/** The start of the full hour that many hours ago. */
export function hoursAgo(hours: number): Date {
  return new Date((Math.floor(Date.now() / 3_600_000) - hours) * 3_600_000)
}
