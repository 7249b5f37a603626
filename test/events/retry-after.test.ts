import { describe, expect, it, vi } from 'vitest'
import { updateEndpoint } from '../../src/events/endpoints.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin } from '../verifications/support.ts'
import { answer } from './receiver.ts'
import { deliver, endpointAt, letPass, receiver, storedFor } from './support.ts'

const { test, client } = await openTenant()

describe('a pause that an endpoint asked for', () => {
  it('is not shortened by another answer', async () => {
    const asked = Promise.withResolvers<void>()
    const own = await receiver(async (_, response, nth) => {
      if (nth === 1) return void response.writeHead(503, { 'retry-after': '3600' }).end()
      await asked.promise
      if (nth === 2) response.writeHead(500).end()
      else response.writeHead(503, { 'retry-after': '1' }).end()
    })
    const endpoint = await endpointAt(client, own.url, { event_types: ['verification.created'] })
    await begin(client)
    await begin(client)
    await begin(client)
    const delivered = deliver(test, endpoint)
    await vi.waitFor(async () => {
      const tried = (await storedFor(test, endpoint)).filter(({ tries }) => tries === 1)
      expect([own.received.length, tried.length]).toEqual([3, 1])
    })
    asked.resolve()
    await delivered
    await letPass(test, endpoint, 600)
    await deliver(test, endpoint)
    expect(own.received.length).toBe(3)
  })

  it('ends with a new URL', async () => {
    const busy = await receiver(answer(503, { 'retry-after': '3600' }))
    const own = await receiver()
    const endpoint = await endpointAt(client, busy.url, { event_types: ['verification.created'] })
    await begin(client)
    await deliver(test, endpoint)
    await updateEndpoint(client, { id: endpoint.id, changes: { url: own.url } })
    await begin(client)
    await deliver(test, endpoint)
    expect(own.types()).toEqual(['verification.created'])
  })
})
