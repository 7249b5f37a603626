import type { Db } from '../db/client.ts'
import { createGroup, type Group } from '../db/group-commit.ts'
import type { Attempt } from '../verifications/draft.ts'

/** An attempt as it stands, and the phone that it calls (E.164); null for an unknown one. */
export type Call = { attempt: Attempt; phone: string }

/** Reads attempts by id, without locking anything: those that are asked for meanwhile with one statement. */
export type Calls = Group<string, Call | null>

export function createCalls({ sql }: Pick<Db, 'sql'>): Calls {
  return createGroup<string, Call | null>(async (ids) => {
    // `lateral` and `limit`, so that each is looked up by its key, however small the tables were when the plan was made.
    const rows = await sql<(Attempt & { phone: string })[]>`
      select a.*, v.phone
      from unnest(${ids}::uuid[]) as wanted (id)
      cross join lateral (select * from attempts where id = wanted.id limit 1) as a
      cross join lateral (select phone from verifications where id = a.verification_id limit 1) as v`
    const calls = new Map(rows.map(({ phone, ...attempt }) => [attempt.id, { attempt, phone }]))
    return ids.map((id) => calls.get(id) ?? null)
  })
}
