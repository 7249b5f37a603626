import { eq } from 'drizzle-orm'
import { createApp, type ServiceConfig } from '../../src/app.ts'
import { place } from '../../src/calls/place.ts'
import type { ClientContext } from '../../src/context.ts'
import { verifications } from '../../src/db/schema/index.ts'
import type { Attempt, Verification } from '../../src/draft/rows.ts'
import { AppError } from '../../src/errors.ts'
import type { Providers } from '../../src/providers/registry.ts'
import type { JobPayload } from '../../src/queue/jobs.ts'
import { namespaceOf } from '../../src/sandbox/credentials.ts'
import { sandboxSeed } from '../../src/tenants/sandbox-seed.ts'
import { parseId } from '../../src/values/ids.ts'
import { StartInput } from '../../src/verifications/schemas.ts'
import { start } from '../../src/verifications/start.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import type { TestApp } from '../setup/app.ts'

let phones = 0

/** A phone that no other test of the file uses. */
export function newPhone(): string {
  phones += 1
  // Each in another number range, so that no range reaches its limit. None ends like a number of a test's pool.
  const [range, rest] = [200 + (phones % 600), 7300 + Math.floor(phones / 600)]
  return `+7924${range}${rest}`
}

/** Starts a verification of a new phone, with defaults for all fields not given. */
export function begin(client: ClientContext, input: Partial<StartInput> = {}) {
  return start(client, StartInput.parse({ phone: newPhone(), ...input }))
}

export function uuidOf(id: string): string {
  const uuid = parseId('verification', id)
  if (!uuid) throw new Error(`not the id of a verification: ${id}`)
  return uuid
}

/** An attempt, when it is due and the line that it holds. */
export type StoredCall = Attempt & { dueAt: Date | null; lineHash: Buffer | null }

/** The verification's row with its attempts, as stored. */
export async function stored({ app }: TestApp, id: string): Promise<Verification & { calls: StoredCall[] }> {
  const [row] = await app.db.orm
    .select()
    .from(verifications)
    .where(eq(verifications.id, uuidOf(id)))
  if (!row) throw new Error('the verification is not stored')
  const calls = await app.db.sql<StoredCall[]>`
    select a.*, d.due_at, d.line_hash from attempts a left join due_attempts d on d.attempt_id = a.id
    where a.verification_id = ${row.id}`
  return { ...row, calls: calls.sort((a, b) => a.ordinal - b.ordinal) }
}

/** What the queue's jobs say of a verification's call: its first, unless `nth` (from 0) says otherwise. */
export async function jobOf(test: TestApp, id: string, nth = 0): Promise<JobPayload> {
  const { calls } = await stored(test, id)
  const call = calls[nth]
  if (!call) throw new Error(`the verification has ${calls.length} calls`)
  return { verification: uuidOf(id), attempt: call.id }
}

/** The types of the verification's audit events, oldest first. */
export async function eventsOf({ app }: TestApp, id: string): Promise<string[]> {
  const rows = await app.db.sql<{ type: string }[]>`
    select type from audit_log where verification_id = ${uuidOf(id)} order by seq`
  return rows.map((row) => row.type)
}

/** Places the verification's queued calls in order, as a worker does. */
export async function placeCalls(test: TestApp, id: string): Promise<void> {
  const { calls } = await stored(test, id)
  for (const call of calls) {
    if (call.status === 'queued') await place(test.worker, { verification: uuidOf(id), attempt: call.id })
  }
}

/** The codes that the simulated operators dialled for a phone, oldest first. */
export function dialledCodes(test: TestApp, client: ClientContext, phone: string): string[] {
  return dialled(test, client, phone).map((call) => call.code)
}

/** The simulated operators' ledger: of a phone, or of the whole tenant. */
export function dialled(test: TestApp, client: ClientContext, phone?: string) {
  return test.sandbox.calls.list(namespace(test, client), phone)
}

export function namespace(test: TestApp, client: ClientContext): string {
  const seed = sandboxSeed(test.app.secrets, client.actor.tenantId)
  const name = namespaceOf(sandboxCredentials(seed, 'telefon-ip').token ?? '')
  if (!name) throw new Error('not a sandbox token')
  return name
}

/** Starts a verification and places its call. Returns it with its code and a wrong code. */
export async function beginAndRing(test: TestApp, client: ClientContext, input: Partial<StartInput> = {}) {
  const started = await begin(client, input)
  await placeCalls(test, started.id)
  const code = dialledCodes(test, client, started.phone).at(-1)
  if (!code) throw new Error('nothing was dialled')
  return { ...started, code, wrong: wrongFor(code) }
}

/** Another code with as many digits. */
export function wrongFor(code: string, by = 1): string {
  return String((Number(code) + by) % 10 ** code.length).padStart(code.length, '0')
}

/** The error that the verb throws. */
export async function refusal(verb: Promise<unknown>): Promise<AppError> {
  try {
    await verb
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('the verb was not refused')
}

/** `code` of the refusal, or `ok`. */
export async function outcome(verb: Promise<unknown>): Promise<string> {
  try {
    await verb
    return 'ok'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

/** Counts each value. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

/** A second app on the same database, which acts as another process. */
export function secondApp(test: TestApp, providers?: Providers) {
  const app = createApp(test.app.config as ServiceConfig, 'second', { clock: test.clock, providers })
  return { app, as: (client: ClientContext): ClientContext => ({ ...client, ...app }) }
}

/** Moves the verification's calls 31 s into the past: a retry is possible again. */
export async function letPauseEnd({ app }: Pick<TestApp, 'app'>, id: string): Promise<void> {
  await app.db.sql`
    update attempts set placing_at = placing_at - interval '31 s' where verification_id = ${uuidOf(id)}`
}

/** Ends the verification's lifetime, by the database clock. */
export async function endLifetime({ app }: TestApp, id: string): Promise<void> {
  await app.db.sql`
      with moved as (update verifications set expires_at = now() - interval '1 ms' where id = ${uuidOf(id)} returning id, expires_at)
      update live_verifications l set expires_at = moved.expires_at from moved where moved.id = l.verification_id`
}
