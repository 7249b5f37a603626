import { randomBytes } from 'node:crypto'
import type { ServiceConfig } from '../../src/app.ts'
import type { App } from '../../src/context.ts'
import { createAccount } from '../../src/routing/accounts.ts'
import { createRoute } from '../../src/routing/routes.ts'
import { namespaceOf, sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import type { FaultMode } from '../../src/sandbox/faults.ts'
import { prepareInstallation } from '../../src/tenants/bootstrap.ts'
import { parseId } from '../../src/values/ids.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import type { TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, jobOf, newPhone } from '../verifications/support.ts'

type Operator = 'telefon-ip' | 'new-tel' | 'example-tel'

/**
 * A tenant whose live verifications go to simulated operators, with settings and faults of the test's choice.
 */
export async function openLive(test: TestApp, apps: Pick<App, 'routing'>[] = [test.app]) {
  await prepareInstallation(test.app.config as ServiceConfig, { printTestKey: false })
  const { actor } = await test.newTenant('live')
  const client = test.clientContext(actor.tenantId, { livemode: true })
  let accounts = 0

  /** An account in a namespace of its own. */
  async function newAccount(
    provider: Operator = 'telefon-ip',
    settings: Record<string, unknown> = {},
    baseUrl = sandboxBaseUrl(test.sandbox.url, provider),
  ) {
    accounts += 1
    const credentials = sandboxCredentials(randomBytes(32), provider)
    const namespace = namespaceOf(credentials.token ?? credentials.access_key ?? credentials.key ?? '') ?? ''
    const account = await createAccount(client, {
      provider,
      name: `${provider} ${accounts}`,
      base_url: baseUrl,
      credentials,
      settings,
    })
    return {
      id: account.id,
      uuid: parseId('account', account.id) ?? '',
      /** Adds a fault for phones with that prefix. */
      fault: (mode: FaultMode, prefix = '+') =>
        test.sandbox.faults.add(namespace, { operator: provider, mode, prefix }),
      mend: () => test.sandbox.faults.clear(namespace),
      /** The calls that it dialled, oldest first. */
      ledger: (phone?: string) => test.sandbox.calls.list(namespace, phone),
    }
  }

  /** Resolves when `apps` know the route: their caches may be a second old. */
  async function newRoute(prefix: string, ...accounts: { id: string; uuid: string }[]): Promise<void> {
    await createRoute(client, { prefix, channel: 'flash_call', accounts: accounts.map(({ id }) => id) })
    const phone = prefix.padEnd(12, '0')
    const destination = { tenantId: actor.tenantId, livemode: true, phone, channel: 'flash_call' as const }
    await waitFor(async () => {
      const routes = await Promise.all(apps.map(({ routing }) => routing.candidates(destination)))
      return routes.every((route) => route.some(({ account }) => account.id === accounts[0]?.uuid))
    })
  }

  /** Starts a verification of a new phone that the accounts serve in that order; `job` names its call. */
  async function beginAt(...accounts: { id: string; uuid: string }[]) {
    const phone = newPhone()
    await newRoute(phone, ...accounts)
    const { id } = await begin(client, { phone })
    return { id, phone, job: await jobOf(test, id) }
  }

  return { client, newAccount, newRoute, beginAt }
}

export type Live = Awaited<ReturnType<typeof openLive>>
export type LiveAccount = Awaited<ReturnType<Live['newAccount']>>
