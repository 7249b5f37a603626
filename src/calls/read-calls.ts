import type { Db } from '../db/client.ts'
import { createGroup, type Group } from '../db/group-commit.ts'
import type { Attempt } from '../draft/rows.ts'
import type { VerificationStatus } from '../values/statuses.ts'

declare module '../context.ts' {
  interface App {
    calls: Calls
  }
}

/** An attempt as of `now` (the database's clock), and the phone that it calls (E.164). */
export type Call = {
  attempt: Attempt
  phone: string
  livemode: boolean
  verificationStatus: VerificationStatus
  now: Date
}

/** Reads attempts by id, without locks; concurrent reads share one statement. */
export type Calls = Group<string, Call | null>

export function createCalls({ sql }: Pick<Db, 'sql'>): Calls {
  return createGroup<string, Call | null>('read attempt', async (ids) => {
    // `lateral` and `limit` force a lookup by key, even in a plan made while the tables were small.
    const rows = await sql<(Attempt & Omit<Call, 'attempt'>)[]>`
      select a.*, v.phone, v.livemode, v.status as verification_status, now() as now
      from unnest(${ids}::uuid[]) as wanted (id)
      cross join lateral (select * from attempts where id = wanted.id limit 1) as a
      cross join lateral (select phone, livemode, status from verifications where id = a.verification_id limit 1) as v`
    const calls = new Map(
      rows.map(({ phone, livemode, verificationStatus, now, ...attempt }) => [
        attempt.id,
        { attempt, phone, livemode, verificationStatus, now },
      ]),
    )
    return ids.map((id) => calls.get(id) ?? null)
  })
}
