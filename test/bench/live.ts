import { randomBytes } from 'node:crypto'
import { namespaceOf, sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { type RunningSandbox, startSandbox } from '../../src/sandbox/server.ts'
import { admin } from '../faults/operators.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import type { Bed } from './bed.ts'

/** A simulated operator in this process, so that reading codes does not affect the measurement. */
export type LiveOperator = {
  /** The code of the call that rings at a phone; null before it rings. */
  rings(phone: string): string | null
  /** From now on no call ends before its deadline. */
  neverEnd(): void
  close(): Promise<void>
}

/** Late enough for the first poll to find the end, which the simulated operator knows after 600 ms. */
const POLL_FIRST_MS = 800
const OPERATOR = 'telefon-ip'

/** Live calls of the first tenant through a simulated operator, priced, with money for millions of them. */
export async function openLiveOperator({ stack }: Bed): Promise<LiveOperator> {
  const sandbox: RunningSandbox = await startSandbox()
  const credentials = sandboxCredentials(randomBytes(32), OPERATOR)
  const namespace = namespaceOf(credentials.token ?? '') ?? ''
  const account = await admin(stack, 'POST', '/v1/provider-accounts', {
    provider: OPERATOR,
    name: 'bench',
    base_url: sandboxBaseUrl(sandbox.url, OPERATOR),
    credentials,
    settings: { poll_first_ms: POLL_FIRST_MS, breaker: false, reorder: false },
  })
  const channel = 'flash_call'
  await admin(stack, 'POST', '/v1/routes', { prefix: '+79', channel, accounts: [account.id] })
  const price = { prefix: '+7', channel, per: 'delivered', amount: '0.350000', currency: 'RUB' }
  await admin(stack, 'POST', '/v1/prices', price)
  await topUp({ stack })
  return {
    rings(phone) {
      const call = sandbox.calls.list(namespace, phone).at(-1)
      if (!call || call.course.ringsAfterMs === null) return null
      return sandbox.now() - call.at >= call.course.ringsAfterMs ? call.code : null
    },
    neverEnd: () =>
      void sandbox.faults.add(namespace, { operator: OPERATOR, mode: 'undetermined', prefix: '+' }),
    close: () => sandbox.close(),
  }
}

/** Money for millions of calls. */
const topUp = ({ stack }: Pick<Bed, 'stack'>) =>
  admin(stack, 'POST', '/v1/billing/topups', { amount: '9000000.00', currency: 'RUB', reference: 'bench' })
