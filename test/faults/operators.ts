import { randomBytes } from 'node:crypto'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import type { FaultMode } from '../../src/sandbox/faults.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import type { Stack } from '../setup/processes.ts'

/** Short timeouts and pauses, for tests. */
const SETTINGS = { adopt_after_seconds: [0.2, 0.5, 1], poll_first_ms: 150, poll_max_ms: 400, reorder: false }

export type Operator = 'telefon-ip' | 'new-tel' | 'sip'
export type LedgerEntry = { operator: string; phone: string }

/** An account at a simulated operator, with a view of it that no real operator offers. */
export type OperatorAccount = {
  id: string
  fault(mode: FaultMode, options: { prefix?: string; count?: number }): Promise<void>
  mend(): Promise<void>
  /** The calls that it dialled. */
  ledger(): Promise<LedgerEntry[]>
  /** The numbers that called the phone; their last digits are the codes. */
  rang(phone: string): Promise<string[]>
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
    async rang(phone) {
      const seen: { from: string }[] =
        (await control('GET', `/handset/calls?phone=${encodeURIComponent(phone)}`))?.data ?? []
      return seen.map((call) => call.from)
    },
  }
}

export const newRoute = (stack: Stack, prefix: string, ...accounts: OperatorAccount[]) =>
  admin(stack, 'POST', '/v1/routes', {
    prefix,
    channel: 'flash_call',
    accounts: accounts.map(({ id }) => id),
  })

/** Lifts the limits that so many calls would reach. Every process follows within a second. */
export const raiseLimits = (stack: Stack) =>
  admin(stack, 'PATCH', '/v1/policies', { starts_per_prefix_hour: null, conversion_guard: null })
