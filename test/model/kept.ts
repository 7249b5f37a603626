import { expect } from 'vitest'
import type { CHANNELS } from '../../src/channels/channels.ts'
import type { Tx } from '../../src/db/client.ts'
import { DUE_SLOT_SECONDS } from '../../src/db/schema/verifications.ts'
import type { Verification } from '../../src/draft/rows.ts'
import type { StoredCall } from '../verifications/support.ts'

type Due = {
  attemptId: string
  verificationId: string
  channel: (typeof CHANNELS)[number]
  accountId: string | null
  lineHash: Buffer | null
  dueAt: Date
  slot: number
}
type Live = Pick<
  Verification,
  'tenantId' | 'livemode' | 'phone' | 'requester' | 'callToKey' | 'nextAt' | 'expiresAt'
> & { verificationId: string }

/** The small tables beside the large ones, for a tenant's verifications. */
export type Kept = Awaited<ReturnType<typeof readKept>>

/** Reads the rows that say what is live, due, asked and adopted; those of no verification or attempt too. */
export async function readKept(tx: Tx, tenantId: string, ids: readonly string[]) {
  const live = await tx<Live[]>`
    select * from live_verifications where tenant_id = ${tenantId} order by verification_id`
  const due = await tx<Due[]>`
    select * from due_attempts where verification_id = any(${ids}::uuid[]) order by attempt_id`
  const asked = await tx<{ key: string }[]>`
    select provider || ' ' || verification_id as key from asked_providers
    where verification_id = any(${ids}::uuid[])`
  const adopted = await tx<{ key: string }[]>`
    select r.account_id || ' ' || r.operator_row || ' ' || r.attempt_id as key from adopted_rows r
    where r.account_id in (select id from provider_accounts where sandbox_tenant_id = ${tenantId})`
  return { live, due, asked: asked.map(({ key }) => key), adopted: adopted.map(({ key }) => key) }
}

/** An unknown call holds its money for as long. */
const UNKNOWN_SECONDS = 48 * 3600

const slotOf = (seconds: number) => Math.floor(seconds / DUE_SLOT_SECONDS)

/** The small tables hold what follows from verifications and attempts, no row more or less. */
export function checkKept(
  all: readonly Verification[],
  calls: readonly StoredCall[],
  { live, due, asked, adopted }: Kept,
): void {
  const wanted = all.filter(({ completedAt }) => completedAt === null)
  expect(live, 'verifications in progress').toEqual(wanted.map(toLive))
  const dueCalls = calls.filter(
    ({ endedAt, status, charge }) => endedAt === null || (status === 'unknown' && charge === 'reserved'),
  )
  expect(due.map(({ attemptId }) => attemptId)).toEqual(dueCalls.map(({ id }) => id).sort())
  const byId = new Map(dueCalls.map((call) => [call.id, call]))
  for (const row of due) checkDue(row, byId.get(row.attemptId) as StoredCall)
  const ofProviders = calls.flatMap(({ provider, verificationId }) =>
    provider ? [`${provider} ${verificationId}`] : [],
  )
  expect(asked.toSorted(), 'operators asked').toEqual([...new Set(ofProviders)].sort())
  const ofRows = calls.flatMap(({ accountId, operatorRow, id }) =>
    operatorRow ? [`${accountId} ${operatorRow} ${id}`] : [],
  )
  expect(adopted.toSorted(), 'records adopted').toEqual(ofRows.sort())
}

const toLive = (one: Verification): Live => {
  const { id: verificationId, tenantId, livemode, phone, requester, callToKey, nextAt, expiresAt } = one
  return { verificationId, tenantId, livemode, phone, requester, callToKey, nextAt, expiresAt }
}

/** An open attempt is due within its slot and holds its account; an unknown one is never due and holds nothing. */
function checkDue({ dueAt, slot, accountId, lineHash, ...row }: Due, call: StoredCall): void {
  expect(row).toMatchObject({ verificationId: call.verificationId, channel: call.channel })
  if (call.endedAt === null) {
    expect(slot, 'slot of an open attempt').toBe(slotOf(dueAt.getTime() / 1000))
    expect(accountId).toBe(call.accountId)
    expect(accountId === null).toBe(call.status === 'queued')
    if (accountId === null) expect(lineHash).toBeNull()
    return
  }
  expect(dueAt.getUTCFullYear(), 'year in which an unknown call is due').toBe(9999)
  expect(slot, 'slot of an unknown call').toBe(slotOf(call.endedAt.getTime() / 1000 + UNKNOWN_SECONDS))
  expect([accountId, lineHash]).toEqual([null, null])
}
