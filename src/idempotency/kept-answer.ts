import type { TenantActor } from '../context.ts'

/** How long an answer is given again. */
export const KEPT_HOURS = 24

/** A first request that has not answered by then died with its process. */
export const RUNNING_SECONDS = 60

/** An answer as it was sent. */
export type KeptAnswer = { status: number; headers: Record<string, string>; text: string | null }

/** What a sealed answer belongs to: it can be opened for nobody else. */
export function sealContext(
  { tenantId, livemode }: Pick<TenantActor, 'tenantId' | 'livemode'>,
  key: string,
): string {
  return `idempotency ${tenantId} ${livemode ? 'live' : 'test'} ${key}`
}
