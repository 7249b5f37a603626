import { and, eq, gt } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { policies, prefixConversions } from '../db/schema/index.ts'
import type { StartHook } from '../events/start-hook.ts'
import type { Caches } from '../process/caches.ts'
import { completePolicy, type Policy, type PolicyInForce } from './schemas.ts'

declare module '../context.ts' {
  interface App {
    policies: Policies
  }
}

export type Policies = {
  /** The tenant's policy and hook, at most a second old. */
  of(tenantId: string): Promise<PolicyInForce & { hook: StartHook | null }>
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
      const policy = completePolicy(fields)
      return {
        policy,
        hook: hookOf(tenantId, policy, row),
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

type Row = typeof policies.$inferSelect

function hookOf(tenantId: string, { start_hook: hook }: Policy, row: Row | undefined): StartHook | null {
  if (!hook || !row?.hookSecret) return null
  const { hookSecret: secret, hookFormerSecret: formerSecret, hookFormerUntil: formerUntil } = row
  return { tenantId, ...hook, secret, formerSecret, formerUntil }
}

export const guardKey = (livemode: boolean, prefix: string) => `${livemode ? 'live' : 'test'} ${prefix}`
