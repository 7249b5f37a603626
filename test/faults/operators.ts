import { randomBytes } from 'node:crypto'
import type { Channel } from '../../src/channels/channels.ts'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import type { FaultMode } from '../../src/sandbox/faults.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import type { Stack } from '../setup/processes.ts'

/** Short timeouts and pauses, for tests. */
const SETTINGS = { adopt_after_seconds: [0.2, 0.5, 1], poll_first_ms: 150, poll_max_ms: 400, reorder: false }

export type Operator = 'telefon-ip' | 'new-tel' | 'sip'
export type LedgerEntry = { operator: string; channel: string; phone: string }

/** An account at a simulated operator, with a view of it that no real operator offers. */
export type OperatorAccount = {
  id: string
  fault(mode: FaultMode, options: { prefix?: string; count?: number }): Promise<void>
  mend(): Promise<void>
  /** The calls that it dialled and the messages that it sent. */
  ledger(): Promise<LedgerEntry[]>
  /** What the phone received: calling numbers, which end with a code, and the codes of messages. */
  received(phone: string): Promise<string[]>
}

/** Throws unless the answer is a success. */
export async function admin(stack: Stack, method: string, path: string, body?: unknown) {
  const answer = await stack.request(method, path, { key: stack.adminKey, body })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
  return answer.body
}

export async function newAccount(
  stack: Stack,
  provider: Operator,
  { name, baseUrl, settings = {} }: { name: string; baseUrl?: string; settings?: Record<string, unknown> },
): Promise<OperatorAccount> {
  // One seed, one namespace: the simulators' control requires telefon-ip's token for New-Tel's calls too.
  const seed = randomBytes(32)
  const { token = '' } = sandboxCredentials(seed, 'telefon-ip')
  const account = await admin(stack, 'POST', '/v1/provider-accounts', {
    provider,
    name,
    base_url: baseUrl ?? sandboxBaseUrl(stack.sandboxUrl, provider),
    credentials: sandboxCredentials(seed, provider),
    settings: { ...SETTINGS, ...settings },
  })
  const control = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${stack.sandboxUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`)
    return answer.status === 204 ? null : ((await answer.json()) as { data: never })
  }
  return {
    id: account.id,
    async fault(mode, options) {
      await control('POST', '/faults', { operator: provider, mode, ...options })
    },
    async mend() {
      await control('DELETE', '/faults')
    },
    ledger: async () => (await control('GET', '/ledger'))?.data ?? [],
    async received(phone) {
      const query = `?phone=${encodeURIComponent(phone)}`
      const calls: { from: string }[] = (await control('GET', `/handset/calls${query}`))?.data ?? []
      const messages: { text: string }[] = (await control('GET', `/handset/messages${query}`))?.data ?? []
      return [...calls.map(({ from }) => from), ...messages.map(({ text }) => /\d+/.exec(text)?.[0] ?? '')]
    },
  }
}

export const newRoute = (stack: Stack, prefix: string, ...accounts: OperatorAccount[]) =>
  routeOf(stack, 'flash_call', prefix, ...accounts)

export const routeOf = (stack: Stack, channel: Channel, prefix: string, ...accounts: OperatorAccount[]) =>
  admin(stack, 'POST', '/v1/routes', { prefix, channel, accounts: accounts.map(({ id }) => id) })

/** Lifts the limits that so many calls would reach. Every process follows within a second. */
export const raiseLimits = (stack: Stack) =>
  admin(stack, 'PATCH', '/v1/policies', { starts_per_prefix_hour: null, conversion_guard: null })
