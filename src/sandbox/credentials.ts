import { createHmac } from 'node:crypto'
import type { Provider } from '../providers/provider.ts'

/**
 * Public on purpose: it protects nothing real. It lets the sandbox tell its own credentials from typing
 * errors.
 */
const PUBLIC_KEY = 'ringproof sandbox credentials 1'

const hex = (key: string | Buffer, text: string, digits: number) =>
  createHmac('sha256', key).update(text).digest('hex').slice(0, digits)
const macOf = (namespace: string) => hex(PUBLIC_KEY, namespace, 16)

/**
 * The tenant's namespace in the sandbox: 32 hexadecimal digits that only the holder of the seed can derive.
 */
export function sandboxNamespace(seed: Buffer): string {
  if (seed.length !== 32) throw new RangeError('the seed must be 32 bytes')
  return hex(seed, 'sandbox namespace', 32)
}

/**
 * A tenant's credentials at a simulated operator, in the provider's shape. They contain their own proof of
 * validity: the sandbox knows no tenants and serves each namespace separately. `seed`: 32 secret bytes of the
 * tenant.
 */
export function sandboxCredentials(seed: Buffer, provider: Simulated): Record<string, string> {
  return credentialsIn(sandboxNamespace(seed), provider)
}

/** The credentials of a namespace. */
export function credentialsIn(namespace: string, provider: Simulated): Record<string, string> {
  const key = namespace + macOf(namespace)
  return provider.sandboxCredentials({ key, signKey: sandboxSignKey(key) })
}

type Simulated = Pick<Provider, 'sandboxCredentials'>

/** The sandbox's key among some credentials; null if there is none. */
export function keyAmong(credentials: object): string | null {
  const isKey = (value: unknown) => typeof value === 'string' && namespaceOf(value) !== null
  return Object.values(credentials).find(isKey) ?? null
}

/** The namespace of a sandbox key; null for anything else. */
export function namespaceOf(credential: string): string | null {
  const [, namespace, mac] = /^([0-9a-f]{32})-?([0-9a-f]{16})$/.exec(credential) ?? []
  return namespace && macOf(namespace) === mac ? namespace : null
}

/** The sign key that belongs to a sandbox key. */
export function sandboxSignKey(accessKey: string): string {
  return hex(PUBLIC_KEY, `sign ${accessKey}`, 48)
}

/** The URL of a provider's simulator: the `baseUrl` of its accounts. */
export function sandboxBaseUrl(sandboxUrl: string, providerName: string): string {
  return `${sandboxUrl.replace(/\/+$/, '')}/${providerName}`
}
