/** How long an answer is given again. */
export const KEPT_HOURS = 24

/** How long a claim is held for a process that is not heard of; a living one renews it (`lease.ts`). */
export const LEASE_SECONDS = 5

/** An answer as it was sent. */
export type KeptAnswer = { status: number; headers: Record<string, string>; text: string | null }

/** What a sealed answer or result belongs to: it can be opened for nobody else. */
export function sealContext(
  { tenantId, livemode }: { tenantId: string; livemode: boolean },
  key: string,
): string {
  return `idempotency ${tenantId} ${livemode ? 'live' : 'test'} ${key}`
}
