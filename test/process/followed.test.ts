import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKey, updateKey } from '../../src/access/keys.ts'
import { createSessions, type Sessions } from '../../src/access/sessions.ts'
import { createCost, deleteCost } from '../../src/billing/prices/costs.ts'
import { quote } from '../../src/billing/prices/price-lists.ts'
import { createPrice, updatePrice } from '../../src/billing/prices/prices.ts'
import type { App, ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { createAccount, updateAccount } from '../../src/routing/accounts.ts'
import { createRoute, deleteRoute } from '../../src/routing/routes.ts'
import { updateTenant } from '../../src/tenants/tenants.ts'
import { newId, parseId, publicId } from '../../src/values/ids.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { secondApp } from '../verifications/support.ts'

const CALL = { phone: '+79161234567', channel: 'flash_call' } as const
const TARIFF = { prefix: '+7', channel: 'flash_call', currency: 'RUB', per: 'attempt', amount: 1n } as const

type Process = App & { sessions: Sessions }

let test: TestApp
let processes: [here: Process, there: Process]
let admin: ClientContext
let tenantId: string
let account: { id: string; uuid: string }
let close: () => Promise<void>
beforeAll(async () => {
  test = await startTestApp()
  ;({ tenantId } = (await test.newTenant('first')).actor)
  await test.app.db.sql`update tenants set is_first = true where id = ${tenantId}`
  admin = test.clientContext(tenantId, { livemode: true, scopes: ['admin'] })
  const { app } = secondApp(test)
  close = app.close
  processes = [withSessions(test.app), withSessions(app)]
  const { id } = await createAccount(admin, {
    provider: 'telefon-ip',
    name: 'main',
    base_url: `${test.sandbox.url}/telefon-ip`,
    credentials: sandboxCredentials(randomBytes(32), 'telefon-ip'),
    settings: {},
  })
  account = { id, uuid: parseId('account', id) ?? '' }
})
afterAll(async () => {
  await close()
  await test.stop()
})

const withSessions = (app: App): Process => ({ ...app, sessions: createSessions(app) })

/** A new key, and a session that belongs to it. */
async function logIn() {
  const input = { name: 'before', scopes: ['read' as const], livemode: false, allowed_networks: [] }
  const { id } = await createKey(admin, { ...input, expires_at: null })
  const session = { id: newId(), keyId: parseId('key', id) ?? '' }
  return { id, userOf: ({ sessions }: Process) => sessions.userOf(session, () => null) }
}

type Change = {
  read(process: Process): Promise<unknown>
  change(): Promise<unknown>
  from: unknown
  to: unknown
}

const CHANGES: Record<string, () => Promise<Change>> = {
  'a policy': async () => ({
    read: async ({ policies }) => (await policies.of(tenantId)).policy.starts_per_phone_hour,
    change: () => updatePolicy(admin, { starts_per_phone_hour: 77 }),
    from: 5,
    to: 77,
  }),
  'a price of the default list': async () => {
    const { id } = await createPrice(admin, { ...TARIFF, list: 'default' })
    return {
      read: async ({ priceLists }) => quote(await priceLists.of(tenantId), CALL, new Date())?.amountMicros,
      change: () => updatePrice(admin, { id, changes: { amount: 2n } }),
      from: 1n,
      to: 2n,
    }
  },
  'a cost': async () => {
    const { id } = await createCost(admin, { ...TARIFF, account: account.id })
    return {
      read: async ({ costLists }) => (await costLists()).of(account.uuid, CALL, new Date())?.amountMicros,
      change: () => deleteCost(admin, { id }),
      from: 1n,
      to: undefined,
    }
  },
  'an account': async () => ({
    read: async ({ routing }) => (await routing.account(account.uuid))?.name,
    change: () => updateAccount(admin, { id: account.id, changes: { name: 'renamed' } }),
    from: 'main',
    to: 'renamed',
  }),
  'a route': async () => {
    const { id } = await createRoute(admin, { prefix: '+7', channel: 'flash_call', accounts: [account.id] })
    return {
      read: async ({ routing }) => (await routing.candidates({ tenantId, livemode: true, ...CALL })).length,
      change: () => deleteRoute(admin, { id }),
      from: 1,
      to: 0,
    }
  },
  'a key': async () => {
    const { id, userOf } = await logIn()
    return {
      read: async (process) => (await userOf(process))?.keyName,
      change: () => updateKey(admin, { id, changes: { name: 'after' } }),
      from: 'before',
      to: 'after',
    }
  },
  'a tenant': async () => {
    const { userOf } = await logIn()
    return {
      read: async (process) => (await userOf(process))?.tenantName,
      change: () => updateTenant(admin, { id: publicId('tenant', tenantId), changes: { name: 'renamed' } }),
      from: 'first',
      to: 'renamed',
    }
  },
}

describe('a change applies at once here, and within a second in every other process:', () => {
  it.each(Object.entries(CHANGES))('%s', async (_, prepare) => {
    const { read, change, from, to } = await prepare()
    const [here, there] = processes
    for (const process of processes) expect(await read(process)).toBe(from)
    await change()
    expect(await read(here)).toBe(to)
    test.passTime(1000)
    expect(await read(there)).toBe(to)
  })
})
