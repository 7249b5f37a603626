import { expect } from 'vitest'
import { releaseStale } from '../../src/billing/release-stale.ts'
import { DUE_SLOT_SECONDS } from '../../src/db/schema/verifications.ts'
import { erasePhone } from '../../src/erasure/erase.ts'
import { publicId } from '../../src/values/ids.ts'
import { giveFeedback } from '../../src/verifications/feedback.ts'
import { checkTables, readAll } from './invariants.ts'
import type { World } from './world.ts'

/** Three days later: holds of unknown calls are released, the client reports, the phones are erased. */
export async function letDaysPass(world: World): Promise<void> {
  const { app, test, client, tenantId } = world
  await app.db.sql`
    with aged as (
      update attempts a set ended_at = ended_at - interval '3 days' from verifications v
      where v.id = a.verification_id and v.tenant_id = ${tenantId} and a.status = 'unknown' and a.charge = 'reserved'
      returning a.id)
    update due_attempts d set slot = slot - 3 * 86400 / ${DUE_SLOT_SECONDS} from aged where aged.id = d.attempt_id`
  await checkTables(world)
  await releaseStale(test.worker)
  for (const { id, calls } of await checkTables(world)) {
    const held = calls.filter(({ status, charge }) => status === 'unknown' && charge === 'reserved')
    expect(held, 'unknown calls that hold money').toEqual([])
    await giveFeedback(client, { id: publicId('verification', id), reason: 'no_call' })
  }
  for (const phone of new Set((await readAll(world)).map((one) => one.phone)))
    await erasePhone(client, { phone })
  const erased = await checkTables(world)
  for (const { phone, calls } of erased) {
    expect(phone.startsWith('erased:')).toBe(calls.every(({ endedAt }) => endedAt !== null))
  }
}
