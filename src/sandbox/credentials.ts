import { createHmac } from 'node:crypto'
import type { Provider } from '../providers/provider.ts'

/** Public on purpose: nothing real hangs on it. It lets the sandbox tell its own credentials from typing errors. */
const PUBLIC_KEY = 'ringproof sandbox credentials 1'

const hex = (key: string | Buffer, text: string, digits: number) =>
  createHmac('sha256', key).update(text).digest('hex').slice(0, digits)
const macOf = (namespace: string) => hex(PUBLIC_KEY, namespace, 16)

/** The sandbox's own namespace of a tenant: 32 hexadecimal digits that only the holder of the seed can name. */
export function sandboxNamespace(seed: Buffer): string {
  if (seed.length !== 32) throw new RangeError('the seed must be 32 bytes')
  return hex(seed, 'sandbox namespace', 32)
}

/**
 * Credentials of a tenant at a simulated operator, in that provider's own shape. They certify themselves: the sandbox
 * knows no tenants, and serves each namespace apart. `seed`: 32 secret bytes of the tenant.
 */
export function sandboxCredentials(seed: Buffer, provider: Simulated): Record<string, string> {
  return credentialsIn(sandboxNamespace(seed), provider)
}

/** Credentials of a namespace. */
export function credentialsIn(namespace: string, provider: Simulated): Record<string, string> {
  const key = namespace + macOf(namespace)
  return provider.sandboxCredentials({ key, signKey: sandboxSignKey(key) })
}

type Simulated = Pick<Provider, 'sandboxCredentials'>

/** The key among credentials that the sandbox made; null if it made none of them. */
export function keyAmong(credentials: object): string | null {
  const isKey = (value: unknown) => typeof value === 'string' && namespaceOf(value) !== null
  return Object.values(credentials).find(isKey) ?? null
}

/** The namespace of a key of the sandbox; null for any that it did not make. */
export function namespaceOf(credential: string): string | null {
  const [, namespace, mac] = /^([0-9a-f]{32})-?([0-9a-f]{16})$/.exec(credential) ?? []
  return namespace && macOf(namespace) === mac ? namespace : null
}

/** The sign key that belongs to a key of the sandbox. */
export function sandboxSignKey(accessKey: string): string {
  return hex(PUBLIC_KEY, `sign ${accessKey}`, 48)
}

/** Where a provider's simulator is: the `baseUrl` of its accounts. */
export function sandboxBaseUrl(sandboxUrl: string, providerName: string): string {
  return `${sandboxUrl.replace(/\/+$/, '')}/${providerName}`
}
