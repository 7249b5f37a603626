import { expect, it } from 'vitest'
import { updateAccount } from '../../src/routing/accounts.ts'
import { openLive } from '../calls/live-accounts.ts'
import { openTenant } from '../setup/tenant.ts'
import { refusal } from '../verifications/support.ts'

const { test } = await openTenant()
const live = await openLive(test)

it.each([
  ['telefon-ip', { code_length: 6 }, 'this operator takes 4 digits for sms'],
  ['new-tel', { pin_length: 4, code_length: 5 }, 'this operator takes 4 digits for flash_call'],
  ['new-tel', { code_length: 4 }, 'this operator takes 5 digits for flash_call'],
] as const)('%s with %j is refused: the operator takes no such codes', async (provider, settings, text) => {
  const refused = await refusal(live.newAccount(provider, settings))
  expect(refused).toMatchObject({ status: 422, options: { errors: [{ path: 'settings.code_length' }] } })
  expect(refused.message).toContain(text)
})

it.each([
  ['telefon-ip', { code_length: 4 }],
  ['new-tel', { pin_length: 4, code_length: 4 }],
] as const)('%s accepts %j', async (provider, settings) => {
  await expect(live.newAccount(provider, settings)).resolves.toBeDefined()
})

it('a change of one setting is refused if the other no longer fits', async () => {
  const { id } = await live.newAccount('new-tel', { code_length: 5 })
  const change = (settings: object) => updateAccount(live.client, { id, changes: { settings } } as never)
  expect(await refusal(change({ pin_length: 4 }))).toMatchObject({ status: 422 })
  await expect(change({ pin_length: 4, code_length: null })).resolves.toMatchObject({
    settings: { pin_length: 4, code_length: null },
  })
})
