import { newTel } from './new-tel/index.ts'
import type { Provider } from './provider.ts'
import { telefonIp } from './telefon-ip/index.ts'

/** Every operator that Ringproof can call through. Adding one: a folder and a line here. */
export const providers: Readonly<Record<string, Provider>> = {
  'telefon-ip': telefonIp,
  'new-tel': newTel,
}

/** The provider of that name; null for a name that the registry does not know. */
export function getProvider(name: string): Provider | null {
  return Object.hasOwn(providers, name) ? (providers[name] ?? null) : null
}
