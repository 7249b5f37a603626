/** How long an answer is replayed. */
export const KEPT_HOURS = 24

/** A claim expires this long after its process stops renewing it (`lease.ts`). */
export const LEASE_SECONDS = 5

/** An answer as sent. */
export type KeptAnswer = { status: number; headers: Record<string, string>; text: string | null }

/** Binds a sealed answer or result to its tenant, mode and key; it opens with no other. */
export function sealContext(
  { tenantId, livemode }: { tenantId: string; livemode: boolean },
  key: string,
): string {
  return `idempotency ${tenantId} ${livemode ? 'live' : 'test'} ${key}`
}
