import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

const PRICES = '/console/prices'
const COSTS = '/console/costs'
let own: TestHttp
let visitor: Visitor
let admin: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  admin = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
})
afterAll(() => own.stop())

async function submit(path: string, fields: Record<string, string>, cookie = admin) {
  const { csrf } = await visitor.visit('/console', { cookie })
  return visitor.visit(path, { cookie, form: { csrf, ...fields } })
}
const PRICE = {
  list: 'own',
  prefix: '+7 924',
  channel: 'flash_call',
  per: 'delivered',
  amount: '0,5',
  currency: 'rub',
}
const pricesOf = async () => (await own.request('GET', '/v1/prices')).body.data
const textOf = (page: string) => page.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
const quoted = async (query: string, cookie = admin) =>
  textOf((await visitor.visit(`/console/quote?${query}`, { cookie })).text)

test('a price begins at its time, ends when the next one begins, and is changed and deleted', async () => {
  expect((await submit(PRICES, { ...PRICE, valid_from: '2026-01-01T00:00' })).status).toBe(303)
  expect((await submit(PRICES, { ...PRICE, amount: '0.7', valid_from: '2099-02-01T12:00' })).status).toBe(303)
  const [planned, current] = await pricesOf()
  expect(current).toMatchObject({
    prefix: '+7924',
    amount: '0.500000',
    valid_from: '2026-01-01T00:00:00.000Z',
    valid_until: '2099-02-01T12:00:00.000Z',
  })
  expect(planned.valid_until).toBeNull()
  const list = textOf((await visitor.visit(PRICES, { cookie: admin })).text)
  expect(list).toMatch(/₽0\.70 .*Planned .*₽0\.50 .*In force/)
  const file = await visitor.visit(`${PRICES}.csv`, { cookie: admin })
  expect(file.text).toContain(
    `${current.id},"own",+7924,flash_call,delivered,0.500000,RUB,2026-01-01T00:00:00.000Z,2099-02-01`,
  )

  const { prefix, channel, per } = current
  const form = { action: 'save', prefix, channel, per, amount: '0.6', valid_from: '2026-01-01T00:00:00' }
  expect((await submit(`${PRICES}/${current.id}`, form)).status).toBe(303)
  expect((await pricesOf())[1]).toEqual({ ...current, amount: '0.600000' })

  const refused = await submit(`${PRICES}/${planned.id}`, { action: 'delete', confirm: '+7' })
  expect([refused.status, (await pricesOf()).length]).toEqual([422, 2])
  expect((await submit(`${PRICES}/${planned.id}`, { action: 'delete', confirm: '+7924' })).status).toBe(303)
  expect(await pricesOf()).toMatchObject([{ id: current.id, valid_until: null }])
})

test('a time in force survives a change of the amount to the millisecond', async () => {
  await submit(PRICES, { ...PRICE, prefix: '+7925' })
  const [made] = await pricesOf()
  const shown = made.valid_from.slice(0, 19)
  const { prefix, channel, per } = made
  await submit(`${PRICES}/${made.id}`, {
    action: 'save',
    prefix,
    channel,
    per,
    amount: '9',
    valid_from: shown,
  })
  expect((await pricesOf())[0]).toEqual({ ...made, amount: '9.000000' })
})

test('a mistake is told beside its field', async () => {
  const answer = await submit(PRICES, { ...PRICE, prefix: 'Russia', amount: 'much', currency: 'USD' })
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('value="Russia"')
  expect(answer.text).toContain('id="prefix-fault"')
  expect(answer.text).toContain('id="amount-fault"')
  const currency = await submit(PRICES, { ...PRICE, currency: 'USD' })
  expect([currency.status, currency.text.includes('id="currency-fault"')]).toEqual([422, true])
  const twice = { ...PRICE, prefix: '+7926', valid_from: '2030-01-01T00:00' }
  expect([(await submit(PRICES, twice)).status, (await submit(PRICES, twice)).status]).toEqual([303, 409])
})

test('a cost belongs to an account; what a call costs and earns follows price and cost', async () => {
  const settings = { provider: 'telefon-ip', name: 'main', base_url: 'http://127.0.0.1:1' }
  const { body: account } = await own.request('POST', '/v1/provider-accounts', {
    body: { ...settings, credentials: { token: 'a-token-that-nobody-knows' } },
  })
  await own.request('POST', '/v1/routes', { body: { prefix: '+7928', accounts: [account.id] } })
  const cost = { ...PRICE, account: account.id, prefix: '+7928', per: 'attempt', amount: '0.2' }
  expect((await submit(COSTS, cost)).status).toBe(303)
  expect((await submit(COSTS, { ...cost, per: 'approved' })).status).toBe(422)
  expect((await submit(COSTS, { ...cost, account: 'prv_0' })).status).toBe(422)
  expect(await quoted('phone=%2B7928')).toMatch(/Tenant pays Nothing .*₽0\.20 every placed call -₽0\.20/)
  await submit(PRICES, { ...PRICE, prefix: '+7928' })
  for (const phone of ['%2B7928', '8+928+123-45-67', '+79281234567']) {
    expect(await quoted(`phone=${phone}&channel=flash_call`)).toMatch(
      /Tenant pays ₽0\.50 a call that rang · \+7928 .*₽0\.20 every placed call ₽0\.30/,
    )
  }
  expect((await visitor.visit('/console/quote?phone=x', { cookie: admin })).status).toBe(422)
})

test('a tenant’s own price is in no other tenant’s list, and cannot be opened there', async () => {
  const { body: other } = await own.request('POST', '/v1/tenants', { body: { name: 'other' } })
  const path = `/console/for/${other.id}/prices`
  await submit(path, { ...PRICE, prefix: '+7933' })
  const mine = await visitor.visit(PRICES, { cookie: admin })
  const theirs = await visitor.visit(path, { cookie: admin })
  expect([mine.text.includes('+7933'), theirs.text.includes('+7933')]).toEqual([false, true])
  const [, id = ''] = /prices\/(prc_[0-9a-f]+)/.exec(theirs.text) ?? []
  expect((await visitor.visit(`${PRICES}/${id}`, { cookie: admin })).status).toBe(404)
  expect((await submit(`${PRICES}/${id}`, { action: 'delete', confirm: '+7933' })).status).toBe(404)
})

test('without the scope admin there are no prices; a test key changes none', async () => {
  const billing = await visitor.newSession({ scopes: ['read', 'billing'] })
  const tester = await visitor.newSession({ scopes: ['read', 'admin'] })
  for (const path of [PRICES, COSTS, '/console/quote', `${PRICES}.csv`]) {
    expect((await visitor.visit(path, { cookie: billing })).status, path).toBe(403)
    expect((await visitor.visit(path, { cookie: tester })).status, path).toBe(200)
  }
  for (const path of [PRICES, COSTS]) {
    expect((await visitor.visit(path, { cookie: tester })).text).not.toContain(`action="${path}"`)
    expect((await submit(path, PRICE, tester)).status).toBe(403)
    expect((await submit(path, PRICE, billing)).status).toBe(403)
  }
})
