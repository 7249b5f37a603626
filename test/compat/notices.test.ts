import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DoorContext } from '../../src/compat/context.ts'
import { deliverNotices, noteWebhook } from '../../src/compat/notices.ts'
import type { ClientContext } from '../../src/context.ts'
import { erasePhone } from '../../src/erasure/erase.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { newPhone, uuidOf } from '../verifications/support.ts'
import { doorInput, doorsOf, enterDoor } from './support.ts'

let test: TestApp
let client: ClientContext
let context: DoorContext
let server: Server
let url: string
let asked: string[] = []
let answer = (_: IncomingMessage, response: ServerResponse) => void response.writeHead(204).end()
beforeAll(async () => {
  test = await startTestApp()
  client = await test.newTenant()
  context = (await enterDoor(client)).context
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.close()
  await test.stop()
})

const INBOUND = { channel: 'inbound_call', wait_seconds: 120 } as const

/** A phone that has called; its webhook is noted before. */
async function called(webhook: string, phone = newPhone()): Promise<string> {
  const { verification } = await doorsOf(test.app).start(context, doorInput({ phone, steps: [INBOUND] }))
  await noteWebhook(context, verification.id, webhook)
  await test.app.db.sql`
    update attempts set status = 'called', ended_at = now()
    where verification_id = ${uuidOf(verification.id)}`
  await test.app.db.sql`
      with ended as (update verifications set status = 'approved', completed_at = now() where id = ${uuidOf(verification.id)} returning id)
      delete from live_verifications l using ended where ended.id = l.verification_id`
  return verification.id
}
async function deliver(config: Partial<TestApp['app']['config']> = {}) {
  asked = []
  await test.app.db.sql`update compat_notices set due_at = now() - interval '1 s'`
  await deliverNotices({ ...test.worker, config: { ...test.app.config, ...config } })
  return asked
}
const left = () => test.app.db.sql`select tries from compat_notices`
const clear = () => test.app.db.sql`delete from compat_notices`

describe('the webhook of a door', () => {
  it('is requested once, whatever the client repeats afterwards', async () => {
    const id = await called(`${url}/own`)
    expect(await deliver()).toEqual([expect.stringMatching(/^\/own\?success=True&phone=8\d{10}&id=\d+$/)])
    await noteWebhook(context, id, `${url}/own`)
    expect(await deliver()).toEqual([])
  })

  it('follows no redirect, and tries again', async () => {
    await called(`${url}/moved`)
    answer = (request, response) =>
      void response
        .writeHead(request.url?.startsWith('/moved') ? 302 : 204, { location: `${url}/secret` })
        .end()
    expect(await deliver()).toEqual([expect.stringMatching(/^\/moved/)])
    expect(await left()).toMatchObject([{ tries: 1 }])
    await clear()
  })

  it('reaches no private address, however it is written', async () => {
    const { port } = new URL(url)
    const hosts = [
      '127.0.0.1',
      'localhost',
      '127.1',
      '0x7f000001',
      '2130706433',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
      '127.0.0.1.',
    ]
    for (const host of hosts) await called(`http://${host}:${port}/`)
    expect(await deliver({ allowPrivateTargets: false })).toEqual([])
    expect((await left()).map(({ tries }) => tries)).toEqual(hosts.map(() => 1))
    await clear()
  })

  it('whose address no accepted SECRET_KEY opens keeps no other waiting, and is given up', async () => {
    const lost = await called(`${url}/lost`)
    await test.app.db.sql`
      update compat_notices set sealed_url = '\\x00', tries = 4 where verification_id = ${uuidOf(lost)}`
    await called(`${url}/kept`)
    expect(await deliver()).toEqual([expect.stringMatching(/^\/kept/)])
    expect(await left()).toHaveLength(0)
  })

  it('is not requested for a phone that did not call', async () => {
    const { verification } = await doorsOf(test.app).start(context, doorInput({ steps: [INBOUND] }))
    await noteWebhook(context, verification.id, `${url}/early`)
    expect(await deliver()).toEqual([])
    expect(await left()).toMatchObject([{ tries: 0 }])
    await cancel(client, { id: verification.id })
    expect(await deliver()).toEqual([])
    expect(await left()).toHaveLength(0)
  })

  it('is forgotten with the phone', async () => {
    const phone = newPhone()
    await called(`${url}/?of=${encodeURIComponent(phone)}`, phone)
    await erasePhone(client, { phone })
    expect(await left()).toHaveLength(0)
  })
})
