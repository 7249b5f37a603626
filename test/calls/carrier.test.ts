import { expect, test } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { erasePhone } from '../../src/erasure/erase.ts'
import { get } from '../../src/verifications/read.ts'
import { runToTheEnd } from '../billing/support.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin } from '../verifications/support.ts'
import { openLive } from './live-accounts.ts'

const { test: app, client } = await openTenant({ shortCalls: true })
const live = await openLive(app)

const carrierOf = async (of: typeof client, id: string) =>
  (await get(of, { id })).attempts_detail.at(-1)?.carrier

test('the network that New-Tel names with a status is on the attempt and in the audit, and is erased with the phone', async () => {
  const account = await live.newAccount('new-tel', { method_prefix: 'call-password', poll_first_ms: 50 })
  const { id, phone } = await live.beginAt(account)
  expect(await carrierOf(live.client, id)).toBeNull()
  await runToTheEnd(app, id)
  const carrier = { name: expect.any(String), mcc: null, mnc: null, source: 'new-tel' }
  expect(await carrierOf(live.client, id)).toEqual(carrier)
  const named = await carrierOf(live.client, id)
  const { data } = await readAudit(live.client, { id })
  expect(data.find(({ type }) => type === 'attempt.status')?.data).toMatchObject({ carrier: named?.name })

  await erasePhone(live.client, { phone })
  expect(await carrierOf(live.client, id)).toBeNull()
})

test('a call that a synchronous New-Tel account placed has the network of the answer', async () => {
  const account = await live.newAccount('new-tel', { synchronous: true })
  const { id } = await live.beginAt(account)
  await runToTheEnd(app, id)
  expect(await carrierOf(live.client, id)).toMatchObject({ source: 'new-tel' })
})

test('telefon-ip names the network of a Telegram message, and none for a call', async () => {
  const telegram = await begin(client, { channel: 'telegram' })
  await runToTheEnd(app, telegram.id)
  expect(await carrierOf(client, telegram.id)).toMatchObject({ mcc: null, source: 'telefon-ip' })
  const call = await begin(client)
  await runToTheEnd(app, call.id)
  expect(await carrierOf(client, call.id)).toBeNull()
})
