import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { getBalance } from '../../src/billing/balance.ts'
import { topUp } from '../../src/billing/post-by-hand.ts'
import { createPrice } from '../../src/billing/prices/prices.ts'
import type { CreatePriceInput } from '../../src/billing/prices/schemas.ts'
import { adopt } from '../../src/calls/adopt.ts'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import type { ClientContext } from '../../src/context.ts'
import { attempts } from '../../src/db/schema/index.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { createAccount } from '../../src/routing/accounts.ts'
import { createRoute } from '../../src/routing/routes.ts'
import { namespaceOf } from '../../src/sandbox/credentials.ts'
import { parseId } from '../../src/values/ids.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import type { TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { uuidOf } from '../verifications/support.ts'

export const NO_LIMITS = {
  starts_per_phone_10m: null,
  starts_per_phone_hour: null,
  starts_per_phone_day: null,
  phone_pause_seconds: null,
  starts_per_prefix_hour: null,
  conversion_guard: null,
} as const

export type Operator = { id: string; uuid: string; namespace: string; provider: 'telefon-ip' | 'new-tel' }

/** Live accounts at the simulated operators, and a route with them in that order. */
export async function liveRoute(
  test: TestApp,
  admin: ClientContext,
  providers: Operator['provider'][] = ['telefon-ip', 'new-tel'],
): Promise<Operator[]> {
  const operators: Operator[] = []
  await test.app.db.sql`
    update tenants set is_first = true
    where id = ${admin.actor.tenantId} and not exists (select from tenants where is_first)`
  for (const provider of providers) {
    const credentials = sandboxCredentials(randomBytes(32), provider)
    const account = await createAccount(admin, {
      provider,
      name: `${provider} ${operators.length}`,
      base_url: `${test.sandbox.url}/${provider}`,
      credentials,
      settings: { poll_first_ms: 50, poll_max_ms: 100, adopt_after_seconds: [0.2, 0.4] },
    })
    const namespace = namespaceOf(credentials.token ?? credentials.access_key ?? '') ?? ''
    operators.push({ id: account.id, uuid: parseId('account', account.id) ?? '', namespace, provider })
  }
  await createRoute(admin, { prefix: '+7', channel: 'flash_call', accounts: operators.map(({ id }) => id) })
  return operators
}

/** A tenant with a live key and no limits. */
export async function liveTenant(test: TestApp, name = 'live'): Promise<ClientContext> {
  const { actor } = await test.newTenant(name)
  const client = test.clientContext(actor.tenantId, { livemode: true })
  await updatePolicy(client, NO_LIMITS)
  return client
}

export function setPrice(client: ClientContext, amount: bigint, per: CreatePriceInput['per'] = 'attempt') {
  return createPrice(client, {
    prefix: '+7',
    channel: 'flash_call',
    per,
    amount,
    currency: 'RUB',
    list: 'own',
  })
}

export const fund = (client: ClientContext, amount: bigint) =>
  topUp(client, { amount, currency: 'RUB', reference: null })

/** `[balance, reserved, available]`. */
export async function money(client: ClientContext): Promise<string[]> {
  const { balance, reserved, available } = await getBalance(client)
  return [balance, reserved, available].map(({ amount }) => amount)
}

const VERBS = { queued: place, placed: poll, placing: adopt } as const

/** Runs the next step of every open attempt until none is open: a worker without a queue. */
export async function runToTheEnd(test: TestApp, id: string, pauseMs?: number): Promise<void> {
  const verification = uuidOf(id)
  await waitFor(
    async () => {
      const rows = await test.app.db.orm
        .select()
        .from(attempts)
        .where(eq(attempts.verificationId, verification))
      const open = rows.filter((row) => row.endedAt === null)
      for (const row of open) {
        await VERBS[row.status as keyof typeof VERBS](test.worker, { verification, attempt: row.id })
      }
      return rows.length > 0 && open.length === 0
    },
    { timeoutMs: 28_000, pauseMs },
  )
}
