import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { webhookTypeOf } from '../../src/events/types.ts'
import { parseId, publicId } from '../../src/values/ids.ts'
import { describeWithEachQueue, phoneBook, type Service, startService } from '../e2e/support.ts'
import { emptyQueue } from '../faults/queue.ts'
import { waitFor } from '../setup/wait.ts'
import { answer, type Receiver, startReceiver } from './receiver.ts'

describeWithEachQueue('webhooks', (backend) => {
  let service: Service
  let receiver: Receiver
  let key: string
  const newPhone = phoneBook('+7926')

  beforeAll(async () => {
    service = await startService(backend, { quick: true, workers: 2 })
    receiver = await startReceiver()
    const { stack } = service
    const scopes = ['verify', 'read', 'admin']
    const made = await stack.request('POST', '/v1/api-keys', {
      key: stack.adminKey,
      body: { name: 'webhooks', scopes, livemode: false },
    })
    key = made.body.secret
    const body = { url: receiver.url }
    expect((await stack.request('POST', '/v1/webhook-endpoints', { key, body })).status).toBe(201)
    // Every process knows the endpoint within a second.
    await waitFor(
      async () => {
        await begin()
        return receiver.received.length > 0
      },
      { pauseMs: 300 },
    )
  }, 60_000)
  afterAll(async () => {
    await service?.stop()
    await receiver?.stop()
  })

  const begin = async (): Promise<string> => {
    const { body } = await service.request('POST', '/v1/verifications', { body: { phone: newPhone() } })
    return body.id
  }

  /** All that waits is due now, as if time had passed. */
  const passTime = () => service.sql`update webhook_deliveries set due_at = now() where due_at > now()`

  it('arrive though workers are killed, the queue is emptied and answers are lost', async () => {
    const lost = new Set<string>()
    receiver.react(({ id }, response) => {
      // The first answer to every other event is lost.
      if (lost.has(id) || (id.at(-1) ?? '') < '8') {
        response.writeHead(200).end()
      } else {
        lost.add(id)
        response.destroy()
      }
    })
    const ids = await Promise.all(Array.from({ length: 10 }, begin))
    await service.stack.kill('worker-1')
    await emptyQueue(service)
    ids.push(...(await Promise.all(Array.from({ length: 10 }, begin))))
    await service.stack.kill('worker-2')
    await Promise.all(ids.slice(0, 5).map((id) => service.request('POST', `/v1/verifications/${id}/cancel`)))
    await service.stack.restart('worker-1')
    await service.stack.restart('worker-2')
    await emptyQueue(service)
    const uuids = ids.map((id) => parseId('verification', id) as string)
    await waitFor(
      async () => {
        await passTime()
        const [open] = await service.sql`
          select (select count(*) from webhook_deliveries where status = 'waiting') + (select count(*) from attempts
            where verification_id = any(${uuids}::uuid[]) and ended_at is null) as count`
        return Number(open?.count) === 0
      },
      { timeoutMs: 60_000, pauseMs: 250, what: 'all to be delivered' },
    )
    const events = await service.sql<{ id: string; type: string }[]>`
      select id, type from audit_log where verification_id = any(${uuids}::uuid[])`
    const told = events.filter(({ type }) => webhookTypeOf(type)).map(({ id }) => publicId('event', id))
    const own = receiver.received.filter(({ body }) => ids.includes(body.data.verification.id))
    expect(new Set(own.map(({ id }) => id))).toEqual(new Set(told))
    const firsts = own.filter(({ id }, i) => own.findIndex((one) => one.id === id) === i)
    for (const each of Map.groupBy(firsts, ({ body }) => body.data.verification.id).values()) {
      const sequences = each.map(({ body }) => body.data.sequence)
      expect(sequences).toEqual([...sequences].sort((a, b) => a - b))
    }
  }, 90_000)

  if (backend === 'Redis') return
  it('that wait by thousands cost the worker flat memory, and hold up no verification', async () => {
    receiver.react(answer(200))
    await service.sql`
      insert into webhook_deliveries (id, endpoint_id, tenant_id, livemode, event_id, type, body, status, tries, due_at, created_at)
      select gen_random_uuid(), id, tenant_id, livemode, gen_random_uuid(), 'verification.created',
        json_build_object('data', json_build_object('verification', json_build_object('id', 'none', 'filler', repeat('x', 60000)))),
        'waiting', 0, now(), now()
      from webhook_endpoints, generate_series(1, 3000)`
    const before = receiver.received.length
    const id = await begin()
    await service.until(id, 'delivered', 25_000)
    let most = 0
    await waitFor(
      async () => {
        most = Math.max(
          most,
          residentMiB(service.stack.pid('worker-1')),
          residentMiB(service.stack.pid('worker-2')),
        )
        receiver.received.splice(before)
        const [left] = await service.sql`select count(*) from webhook_deliveries where status = 'waiting'`
        return Number(left?.count) === 0
      },
      { timeoutMs: 90_000, pauseMs: 250, what: 'three thousand deliveries' },
    )
    // 180 MB of bodies were sent.
    expect(most).toBeLessThan(350)
  }, 120_000)
})

function residentMiB(pid: number): number {
  const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) / 1024
}
