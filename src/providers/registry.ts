import { narayana } from './narayana/index.ts'
import { newTel } from './new-tel/index.ts'
import type { Provider } from './provider.ts'
import { sip } from './sip/index.ts'
import { telefonIp } from './telefon-ip/index.ts'
import { teleum } from './teleum/index.ts'

declare module '../context.ts' {
  interface App {
    providers: Providers
  }
}

/**
 * The operators that Ringproof can call through, in the order in which test calls try them. To add one, add a
 * folder and a line here; `tsc` then requires its simulator in `sandbox/registry.ts`.
 */
const registry = {
  'telefon-ip': telefonIp,
  'new-tel': newTel,
  narayana,
  teleum,
  sip,
} satisfies Providers

export type Providers = Readonly<Record<string, Provider>>
export type ProviderName = keyof typeof registry

export const providers: Providers = registry

/** The provider with this name; null if the registry does not have it. */
export function getProvider(registry: Providers, name: string): Provider | null {
  return Object.hasOwn(registry, name) ? (registry[name] ?? null) : null
}
