import { setTimeout as sleep } from 'node:timers/promises'
import type { OperatorAccount } from '../faults/operators.ts'
import type { Answer, Stack } from '../setup/processes.ts'

export type Tally = { started: string[]; confirmed: number; later: number; problems: string[] }

/** The shortest lifetime: unconfirmed verifications end before the soak does. */
export const TTL_SECONDS = 60
const PATIENCE_MS = 45_000
const LOOK_EVERY_MS = 1000

/** A person who starts a verification, listens for calls, and types their codes until one is right. */
export async function verifyOne(
  stack: Stack,
  accounts: OperatorAccount[],
  phone: string,
  tally: Tally,
): Promise<void> {
  const body = { phone, ttl_seconds: TTL_SECONDS, max_checks: 10 }
  const started = await ask(stack, 'POST', '/v1/verifications', body)
  if (started.status >= 500) {
    tally.later += 1
    return
  }
  if (started.status !== 201) {
    tally.problems.push(`a start was answered ${started.status} ${started.text}`)
    return
  }
  const { id } = started.body
  tally.started.push(id)
  const tried = new Set<string>()
  const until = performance.now() + PATIENCE_MS
  while (performance.now() < until) {
    await sleep(LOOK_EVERY_MS)
    const numbers = await Promise.all(accounts.map((account) => account.received(phone)))
    for (const code of numbers.flat().filter((number) => !tried.has(number))) {
      const { status, body } = await ask(stack, 'POST', `/v1/verifications/${id}/confirm`, { code })
      if (status === 200) {
        tally.confirmed += 1
        return
      }
      if (status === 410 || body?.code === 'verification_not_active') return
      if (status === 422) tried.add(code)
    }
  }
  const { body: end } = await ask(stack, 'GET', `/v1/verifications/${id}`)
  if (end?.status === 'delivered' && tried.size > 0)
    tally.problems.push(`${id} was delivered, and none of its codes is right`)
}

/** A lost connection counts as a request to come back later. */
async function ask(
  stack: Stack,
  method: string,
  path: string,
  body?: unknown,
): Promise<Pick<Answer, 'status' | 'body' | 'text'>> {
  const key = stack.adminKey
  return stack
    .request(method, path, { key, body })
    .catch((error) => ({ status: 503, body: null, text: String(error) }))
}
