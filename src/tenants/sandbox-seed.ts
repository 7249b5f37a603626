import type { Secrets } from '../secrets.ts'

/** The seed of a tenant's credentials at the simulated operators. */
export function sandboxSeed(secrets: Secrets, tenantId: string): Buffer {
  return secrets.derive(`sandbox ${tenantId}`)
}
