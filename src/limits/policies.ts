import { and, eq, gt } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { policies, prefixConversions } from '../db/schema/index.ts'
import type { Caches } from '../process/caches.ts'
import { completePolicy, type PolicyInForce } from './schemas.ts'

declare module '../context.ts' {
  interface App {
    policies: Policies
  }
}

export type Policies = {
  /** The tenant's policy, at most a second old. */
  of(tenantId: string): Promise<PolicyInForce>
}

export function createPolicies({ db, caches }: { db: Db; caches: Caches }): Policies {
  return {
    of: caches.create(['policies'], async (tenantId) => {
      const [[row], guarded, [standings]] = await Promise.all([
        db.orm.select().from(policies).where(eq(policies.tenantId, tenantId)),
        db.orm
          .select()
          .from(prefixConversions)
          .where(
            and(eq(prefixConversions.tenantId, tenantId), gt(prefixConversions.deniedUntil, new Date())),
          ),
        db.sql<{ exist: boolean }[]>`
          select exists (select from phone_standings where tenant_id = ${tenantId}) as exist`,
      ])
      const fields = row?.fields ?? {}
      return {
        policy: completePolicy(fields),
        set: new Set(Object.keys(fields)),
        guarded: new Map(
          guarded.map(({ livemode, prefix, deniedUntil }) => [
            guardKey(livemode, prefix),
            deniedUntil as Date,
          ]),
        ),
        hasStandings: standings?.exist ?? false,
      }
    }),
  }
}

export const guardKey = (livemode: boolean, prefix: string) => `${livemode ? 'live' : 'test'} ${prefix}`
