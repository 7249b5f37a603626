import { appendTenantEvents } from '../audit/tenant-chain.ts'
import { type App, author, type ClientContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { resealed } from '../events/reseal.ts'
import { newSecret } from '../events/secret.ts'
import { type HookDecision, hookSealContext } from '../events/start-hook.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { newId, publicId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import { completePolicy, type RotatedHook } from './schemas.ts'

/**
 * Replaces the secret of the tenant's hook. For another `overlap_seconds`, requests are signed with both. Only this
 * answer holds the secret. Throws 404 without a hook.
 */
export function rotateHookSecret(
  context: ClientContext,
  { overlap_seconds: overlap }: { overlap_seconds: number },
): Promise<RotatedHook> {
  const { tenantId } = context.actor
  return once(context, () =>
    context.caches.changing(['policies'], () =>
      context.db.sql.begin(async (tx) => {
        const secret = newSecret()
        const [row] = await tx<{ fields: Record<string, unknown>; hookFormerUntil: Date | null }[]>`
          update policies set hook_secret = ${context.secrets.seal(secret, hookSealContext(tenantId))},
            hook_former_secret = case when ${overlap > 0} then hook_secret end,
            hook_former_until = case when ${overlap > 0} then now() + ${overlap} * interval '1 second' end
          where tenant_id = ${tenantId} and hook_secret is not null
          returning fields, hook_former_until`
        const hook = row && completePolicy(row.fields).start_hook
        if (!hook) throw noHook()
        const former_secret_until = row.hookFormerUntil?.toISOString() ?? null
        const event = { type: 'policy.hook_rotated', data: { former_secret_until } }
        await appendTenantEvents(tx, tenantId, author(context), [event])
        return remember(context, tx, { ...hook, secret, former_secret_until })
      }),
    ),
  )
}

/** A phone of nobody: the sandbox's. */
const MADE_UP = '+79243555100'

/** Asks the tenant's hook about a made-up start; nothing is started. Throws 404 without a hook. */
export async function testHook(context: ClientContext): Promise<HookDecision> {
  const { hook } = await context.policies.of(context.actor.tenantId)
  if (!hook) throw noHook()
  return context.startHooks.ask(hook, publicId('verification', newId()), {
    phone: MADE_UP,
    channel: 'flash_call',
    client_ip: null,
    device: null,
    reference: 'test',
    metadata: null,
    livemode: false,
  })
}

const noHook = () => new AppError('not_found', { detail: say('no_start_hook') })

type Row = { tenantId: string; secret: Buffer; formerSecret: Buffer | null }

/** Reseals under the current SECRET_KEY the secrets of hooks that another accepted key sealed. */
export async function resealHooks({ db, secrets }: Pick<App, 'db' | 'secrets'>) {
  const ids = await db.sql<{ tenantId: string }[]>`
    select tenant_id from policies where hook_secret is not null order by tenant_id`
  const result = { resealed: 0, unreadable: 0 }
  for (const { tenantId } of ids) {
    await db.sql.begin(async (tx) => {
      const [row] = await tx<Row[]>`
        select tenant_id, hook_secret as secret, hook_former_secret as former_secret from policies
        where tenant_id = ${tenantId} and hook_secret is not null for no key update`
      if (!row) return
      try {
        const fresh = resealed(secrets, hookSealContext(tenantId), row)
        if (!fresh) return
        await tx`
          update policies set hook_secret = ${fresh.secret}, hook_former_secret = ${fresh.formerSecret}
          where tenant_id = ${tenantId}`
        result.resealed += 1
      } catch {
        result.unreadable += 1
      }
    })
  }
  return result
}
