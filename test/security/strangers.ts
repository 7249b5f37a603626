import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { DEFAULT_POLICY, type PolicyChanges } from '../../src/limits/schemas.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import type { StartInput } from '../../src/verifications/schemas.ts'
import type { TestApp } from '../setup/app.ts'
import { beginAndRing } from '../verifications/support.ts'
import { letPass } from './time.ts'

export type Who = Pick<Partial<StartInput>, 'client_ip' | 'device'>

export const OWNER: Who = { device: 'the device of the owner', client_ip: '198.51.100.7' }
export const NOBODY: Who = {}
/** One of many addresses. */
export const stranger = (i: number): Who => ({ client_ip: `203.0.${113 + (i >> 8)}.${i & 255}` })

/** A tenant whose test keys obey the default limits of live keys. */
export async function strictTenant(test: TestApp, changes: PolicyChanges = {}): Promise<ClientContext> {
  const client = await test.newTenant()
  await updatePolicy(client, { ...DEFAULT_POLICY, ...changes })
  return client
}

/** `who` starts and types the right code. Throws if either is refused. */
export async function prove(test: TestApp, client: ClientContext, phone: string, who: Who) {
  const { id, code } = await beginAndRing(test, client, { phone, ...who })
  return confirm(client, { id, code, ...who })
}

/** The same, a day before what follows. */
export async function becomeKnown(test: TestApp, client: ClientContext, phone: string, who = OWNER) {
  await prove(test, client, phone, who)
  await letPass(test, client, 86_401)
}
