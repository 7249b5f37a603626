import { getProvider } from '../../src/providers/registry.ts'
import { sandboxCredentials as credentialsOf } from '../../src/sandbox/credentials.ts'
import { oneMore } from '../providers/registry.ts'

/** Credentials for a simulated operator. `seed`: 32 bytes. */
export function sandboxCredentials(seed: Buffer, name: string): Record<string, string> {
  const provider = getProvider(oneMore.providers, name)
  if (!provider) throw new Error(`no provider ${name}`)
  return credentialsOf(seed, provider)
}
