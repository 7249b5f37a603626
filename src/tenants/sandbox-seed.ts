import type { Secrets } from '../secrets.ts'

/** From which the credentials of a tenant's test keys at the simulated operators are made. */
export function sandboxSeed(secrets: Secrets, tenantId: string): Buffer {
  return secrets.derive(`sandbox ${tenantId}`)
}
