import { createCompat } from '../../src/access/compat-credentials.ts'
import type { Door } from '../../src/access/door.ts'
import type { DoorContext } from '../../src/compat/context.ts'
import type { DoorInput } from '../../src/compat/start.ts'
import type { App, ClientContext } from '../../src/context.ts'
import type { Facade } from '../../src/db/schema/compat.ts'
import { createWeb } from '../../src/web.ts'
import { newPhone } from '../verifications/support.ts'

export const FLASH = { channel: 'flash_call', wait_seconds: 0 } as const
export const SMS = { channel: 'sms', wait_seconds: 0 } as const

/** A start over a flash call to a new phone. */
export const doorInput = (input: Partial<DoorInput> = {}): DoorInput => ({
  phone: newPhone(),
  steps: [FLASH],
  ttlSeconds: 300,
  ...input,
})

export const doorsOf = (app: App) => createWeb(app).doors

/** Makes a credential for the tenant, and the context of its client. */
export async function enterDoor(client: ClientContext, facade: Facade = 'telefon-ip') {
  const made = await createCompat(client, { facade, name: 'client' })
  const credential = 'token' in made ? made.token : made.access_key
  const door = await doorsOf(client).authenticate({ facade, credential, address: () => null })
  if (!door) throw new Error('the credential is refused')
  return { made, credential, door, context: contextOf(client, door) }
}

export const contextOf = (app: ClientContext, { actor }: Door): DoorContext => ({ ...app, actor })
