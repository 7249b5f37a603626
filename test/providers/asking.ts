import { expect } from 'vitest'
import type { PlaceOutcome, StatusOutcome } from '../../src/providers/provider.ts'
import { type Behaviour, rawOperator } from './raw-operator.ts'
import { requestOf } from './speaker.ts'
import { accountAt, secretsOf, speakerFor } from './speakers.ts'

/**
 * Places the documented call at an operator that behaves so. Checks that it sends one request and that the
 * outcome holds no secret.
 */
export async function placeAt(
  name: string,
  behaviour: Behaviour,
  settings: Record<string, unknown> = {},
): Promise<PlaceOutcome> {
  const { provider, speaker } = speakerFor(name)
  const operator = await rawOperator(behaviour)
  const account = accountAt(name, operator.url, settings)
  const outcome = await provider.place(account, requestOf(speaker))
  const asked = operator.requests.length
  await provider.balance(account).catch(() => {})
  expect(operator.requests.length - asked, 'requests after the outcome').toBeLessThanOrEqual(1)
  expect(asked, 'requests for one call').toBe(1)
  expectNoSecret(name, outcome.kind === 'placed' ? { ...outcome, code: null } : outcome)
  return outcome
}

/** Asks an operator that behaves so for the status of its documented call. */
export async function statusAt(
  name: string,
  behaviour: Behaviour,
  settings: Record<string, unknown> = {},
): Promise<StatusOutcome> {
  const { provider, speaker } = speakerFor(name)
  const operator = await rawOperator(behaviour)
  const outcome = await provider.status(accountAt(name, operator.url, settings), {
    ...speaker.call,
    placedAt: new Date(),
  })
  // A member of its own, as secret as a code.
  expectNoSecret(name, { ...outcome, callerEnding: null })
  return outcome
}

/** Fails if the value, as text, holds one of the account's secrets. */
export function expectNoSecret(name: string, value: unknown) {
  const text =
    value instanceof Error ? `${value.stack} ${JSON.stringify(value)}` : JSON.stringify(value, bigints)
  // A random port may look like a code.
  const told = text.replaceAll(/127\.0\.0\.1:\d+/g, 'the operator')
  for (const secret of secretsOf(name)) expect(told).not.toContain(secret)
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
