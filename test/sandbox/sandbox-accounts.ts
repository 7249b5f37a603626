import { createHash } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { Channel } from '../../src/channels/channels.ts'
import { codeLengthOf } from '../../src/providers/code-length.ts'
import type { Account, Provider } from '../../src/providers/provider.ts'
import { providers } from '../../src/providers/registry.ts'
import type { SandboxOptions } from '../../src/sandbox/app.ts'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { type RunningSandbox, startSandbox } from '../../src/sandbox/server.ts'
import { sandboxCredentials } from './simulated.ts'

export const seedOf = (tenant: string) => createHash('sha256').update(tenant).digest()

/** A sandbox on a free port; it stops with the test. */
export async function sandboxForTest(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const sandbox = await startSandbox(options)
  onTestFinished(() => sandbox.close())
  return sandbox
}

/** A provider and an account at its simulator, with a tenant's credentials. */
export function sandboxAccount(
  url: string,
  name: string,
  {
    tenant = 'one',
    channel = 'flash_call',
    ...settings
  }: { tenant?: string; channel?: Channel; [setting: string]: unknown } = {},
): { provider: Provider; account: Account; code: string | null } {
  const provider = providers[name]
  if (!provider) throw new Error(`no provider ${name}`)
  const read = provider.settings.parse({ poll_first_ms: 50, ...settings })
  const can = provider.capabilities(read).channels[channel]
  return {
    provider,
    code: can?.codeOrigin === 'ours' ? '70482'.slice(0, codeLengthOf(channel, can, read)) : null,
    account: {
      id: 'prv_test',
      baseUrl: sandboxBaseUrl(url, name),
      credentials: provider.credentials.parse(sandboxCredentials(seedOf(tenant), name)),
      settings: read,
      allowPrivateTargets: true,
      isStopped: () => false,
    },
  }
}

/** Sends the sandbox a control request as a tenant. */
export async function control(
  url: string,
  path: string,
  { tenant = 'one', ...init }: RequestInit & { tenant?: string } = {},
): Promise<{ status: number; body: { data: Record<string, unknown>[] } }> {
  const { token } = sandboxCredentials(seedOf(tenant), 'telefon-ip')
  const response = await fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}` } })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : null }
}

/** Adds a fault for a tenant's next calls. */
export function fault(url: string, request: Record<string, unknown>, tenant = 'one') {
  return control(url, '/faults', { method: 'POST', body: JSON.stringify(request), tenant })
}
