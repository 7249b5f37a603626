import fc from 'fast-check'
import { expect, it } from 'vitest'
import { deleteEndpoint } from '../../src/events/endpoints.ts'
import { webhookTypeOf } from '../../src/events/types.ts'
import { publicId } from '../../src/values/ids.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { openTenant } from '../setup/tenant.ts'
import { beginAndRing, uuidOf } from '../verifications/support.ts'
import { startReceiver } from './receiver.ts'
import { deliver, endpointAt, letPass } from './support.ts'

const { test } = await openTenant()

/** What happens to the verifications, what the receiver answers (0: it drops the connection), and how time passes. */
const history = fc.record({
  ends: fc.array(fc.constantFrom('cancel', 'approve', 'lock', 'none'), { minLength: 1, maxLength: 4 }),
  answers: fc.array(fc.constantFrom(0, 200, 204, 302, 404, 500, 503), { maxLength: 8 }),
  lanesAtOnce: fc.integer({ min: 1, max: 3 }),
})

it('whatever a receiver answers, it gets each event of a verification, and accepts them in order', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ ends, answers, lanesAtOnce }) => {
      const client = await test.newTenant()
      const left = [...answers]
      const accepted: { id: string; verification: string; sequence: number }[] = []
      const receiver = await startReceiver(({ id, body }, response) => {
        const status = left.shift() ?? 200
        if (status === 0) {
          response.destroy()
          return
        }
        const { verification, sequence } = body.data
        if (status < 300) accepted.push({ id, verification: verification.id, sequence })
        response.writeHead(status, { location: '/' }).end()
      })
      try {
        const endpoint = await endpointAt(client, receiver.url)
        const round = () => Promise.all(Array.from({ length: lanesAtOnce }, () => deliver(test, endpoint)))
        const ids: string[] = []
        for (const end of ends) {
          const { id, code, wrong } = await beginAndRing(test, client)
          ids.push(id)
          const delivering = round()
          if (end === 'cancel') await cancel(client, { id })
          if (end === 'approve') await confirm(client, { id, code })
          for (let i = 0; end === 'lock' && i < 3; i++)
            await confirm(client, { id, code: wrong }).catch(() => {})
          await delivering
        }
        for (let i = 0; i < answers.length + 2; i++) {
          await letPass(test, endpoint, 27 * 3600)
          await test.app.db.sql`update webhook_endpoints set failing_since = null`
          await round()
        }
        const events = await test.app.db.sql<{ id: string; type: string }[]>`
          select id, type from audit_log where verification_id = any(${ids.map(uuidOf)}::uuid[]) order by verification_id, seq`
        const told = events.filter(({ type }) => webhookTypeOf(type)).map(({ id }) => publicId('event', id))
        expect(accepted.map(({ id }) => id).sort()).toEqual([...told].sort())
        for (const own of Map.groupBy(accepted, ({ verification }) => verification).values()) {
          const sequences = own.map(({ sequence }) => sequence)
          expect(sequences).toEqual([...sequences].sort((a, b) => a - b))
        }
        await deleteEndpoint(client, endpoint)
      } finally {
        await receiver.stop()
      }
    }),
    { numRuns: 15 },
  )
}, 60_000)
