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
export type Calls = Group<Wanted, Call | null>

/** An attempt of a verification. */
type Wanted = { verification: string; attempt: string }

export function createCalls({ sql }: Pick<Db, 'sql'>): Calls {
  return createGroup<Wanted, Call | null>('read attempt', async (wanted) => {
    // `lateral` and `limit` force a lookup by key, even in a plan made while the tables were small.
    const rows = await sql<(Attempt & Omit<Call, 'attempt'>)[]>`
      select a.*, v.phone, v.livemode, v.status as verification_status, now() as now
      from unnest(${wanted.map(({ verification }) => verification)}::uuid[], ${wanted.map(({ attempt }) => attempt)}::uuid[]) as wanted (verification, id)
      cross join lateral (
        select * from attempts where verification_id = wanted.verification and attempts.id = wanted.id limit 1) as a
      cross join lateral (
        select phone, livemode, status from verifications where id = wanted.verification limit 1) as v`
    const calls = new Map(
      rows.map(({ phone, livemode, verificationStatus, now, ...attempt }) => [
        attempt.id,
        { attempt, phone, livemode, verificationStatus, now },
      ]),
    )
    return wanted.map(({ attempt }) => calls.get(attempt) ?? null)
  })
}
