import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import type { PolicyChanges } from '../../src/limits/schemas.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { serveEveryPhone } from '../setup/route.ts'
import { begin, outcome } from '../verifications/support.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
  await serveEveryPhone(test.app, (await test.newTenant()).actor.tenantId)
})
afterAll(() => test.stop())

async function tenantWith(changes: PolicyChanges = {}): Promise<ClientContext> {
  const client = await test.newTenant()
  await updatePolicy(client, changes)
  return client
}

const to = (client: ClientContext, phone: string) => outcome(begin(client, { phone }))

describe('destinations', () => {
  it('are allowed and denied by the longest matching prefix', async () => {
    const client = await tenantWith({ allow_prefixes: ['+7924', '+44'], deny_prefixes: ['+79243', '+447'] })
    expect(await to(client, '+79244555100')).toBe('ok')
    for (const phone of ['+79243555100', '+447400123456', '+79161234567']) {
      expect([phone, await to(client, phone)]).toEqual([phone, 'destination_denied'])
    }
    const even = await tenantWith({ allow_prefixes: ['+7924'], deny_prefixes: ['+7924'] })
    expect(await to(even, '+79244555100')).toBe('destination_denied')
    const none = await tenantWith({ allow_prefixes: [] })
    expect(await to(none, '+79244555100')).toBe('destination_denied')
  })

  it('of costly or unreachable number types are denied by default; "fixed line or mobile" is not', async () => {
    const client = await tenantWith()
    const denied = [
      ...['+74951234567', '+78001234567', '+448701234567', '+445612345678', '+19002345678'],
      // Satellite, international networks, premium rate and shared cost of no country.
      ...['+870773111632', '+881612345678', '+88216612345', '+883510001234', '+979123456789', '+80812345678'],
    ]
    for (const phone of [...denied, '+447012345678']) {
      expect([phone, await to(client, phone)]).toEqual([phone, 'destination_denied'])
    }
    for (const phone of ['+79244555100', '+12015550123']) {
      expect([phone, await to(client, phone)]).toEqual([phone, 'ok'])
    }
    const open = await tenantWith({ deny_number_types: null })
    expect(await to(open, '+74951234567')).toBe('ok')
  })
})
