import { createCompat } from '../../src/access/compat-credentials.ts'
import type { Door } from '../../src/access/door.ts'
import { place } from '../../src/calls/place.ts'
import type { DoorContext } from '../../src/compat/context.ts'
import type { DoorInput } from '../../src/compat/start.ts'
import type { App, ClientContext } from '../../src/context.ts'
import type { Facade } from '../../src/db/schema/compat.ts'
import { createWeb } from '../../src/web.ts'
import type { TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
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

/** Places the queued calls of an installation, as its worker does, until it is stopped. */
export function startPlacing({ app, worker }: TestApp) {
  let isOver = false
  async function placeQueued() {
    const rows = await app.db.sql<{ id: string; verificationId: string }[]>`
      select id, verification_id from attempts where status = 'queued' limit 50`
    await Promise.all(rows.map((row) => place(worker, { verification: row.verificationId, attempt: row.id })))
    return isOver
  }
  const done = waitFor(placeQueued, { timeoutMs: 120_000 })
  return {
    async stop() {
      isOver = true
      await done
    },
  }
}

/** A client that speaks telefon-ip, over HTTP without a server. */
export async function enterTelefonIp(client: ClientContext, web = createWeb(client)) {
  const { credential, made, context } = await enterDoor(client)
  async function ask(path: string, init: RequestInit = {}, token = credential, at = web) {
    const answer = await at.request(`http://door.test/api/v1/authcalls/${token}/${path}`, init)
    // biome-ignore lint/suspicious/noExplicitAny: answers are compared member by member
    return { status: answer.status, body: (await answer.json()) as any }
  }
  return { credential, made, context, ask }
}

export const national = (phone: string) => `8${phone.slice(2)}`
