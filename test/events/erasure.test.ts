import { expect, it, vi } from 'vitest'
import { erasePhone } from '../../src/erasure/erase.ts'
import { listDeliveries } from '../../src/events/deliveries.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin } from '../verifications/support.ts'
import { answer } from './receiver.ts'
import { deliver, endpointAt, receiver } from './support.ts'

const { test, client } = await openTenant()

it('an answer that comes after the erasure of the phone it quotes is not kept', async () => {
  const erased = Promise.withResolvers<void>()
  const own = await receiver(async (received, response, nth) => {
    await erased.promise
    answer(200, {}, received.text)(received, response, nth)
  })
  const endpoint = await endpointAt(client, own.url, { event_types: ['verification.created'] })
  const { phone } = await begin(client)
  const delivered = deliver(test, endpoint)
  await vi.waitFor(() => expect(own.received.length).toBe(1))
  await erasePhone(client, { phone })
  erased.resolve()
  await delivered
  const { data } = await listDeliveries(client, { ...endpoint, limit: 100 })
  expect(data).toMatchObject([{ status: 'delivered', response_status: 200, response_body: null }])
})
