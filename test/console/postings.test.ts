import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

const PATH = '/console/money/postings'
let own: TestHttp
let visitor: Visitor
let admin: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  admin = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
})
afterAll(() => own.stop())

async function submit(fields: Record<string, string>, cookie = admin, path = PATH) {
  const { csrf } = await visitor.visit('/console', { cookie })
  return visitor.visit(path, { cookie, form: { csrf, ...fields } })
}
const newTenant = async (name: string) =>
  (await own.request('POST', '/v1/tenants', { body: { name } })).body.id as string
const balanceOf = async (tenant: string) =>
  (await own.request('GET', '/v1/billing/balance', { headers: { 'ringproof-tenant': tenant } })).body.balance
    .amount
const textOf = (page: string) => page.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
const hidden = (page: string) =>
  Object.fromEntries(
    [...page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  )

test('a top-up and an adjustment show the new balance first, and are posted once they are confirmed', async () => {
  const tenant = await newTenant('Paying')
  const path = `/console/for/${tenant}/money/postings`
  const asked = await submit(
    { kind: 'topup', amount: '100,5', reference: 'invoice 7', action: 'preview' },
    admin,
    path,
  )
  expect(textOf(asked.text)).toMatch(
    /Tenant Paying .*Amount ₽100\.50 .*Balance now ₽0\.00 Balance after it ₽100\.50/,
  )
  expect(await balanceOf(tenant)).toBe('0.000000')
  const { csrf, once, ...fields } = hidden(asked.text.slice(asked.text.indexOf('<main')))
  const posted = await submit({ ...fields, action: 'post' }, admin, path)
  expect(posted.headers.get('location')).toBe(`/console/for/${tenant}/money?posted=1`)
  expect(await balanceOf(tenant)).toBe('100.500000')
  const debit = { kind: 'debit', amount: '200', reason: 'charged twice', reference: '' }
  const debited = await submit({ ...debit, action: 'preview' }, admin, path)
  expect(textOf(debited.text)).toMatch(/Balance now ₽100\.50 Balance after it -₽99\.50/)
  await submit({ ...debit, action: 'post' }, admin, path)
  expect(await balanceOf(tenant)).toBe('-99.500000')
  const statement = await visitor.visit(`/console/for/${tenant}/money/statements`, { cookie: admin })
  expect(textOf(statement.text)).toMatch(/charged twice/)
  expect(await balanceOf(own.firstTenant)).toBe('0.000000')
})

test('a form sent twice, at once or later, posts once', async () => {
  const tenant = await newTenant('Clicking')
  const form = { kind: 'topup', amount: '1', reason: '', reference: '', action: 'post', once: randomUUID() }
  const send = () => submit(form, admin, `/console/for/${tenant}/money/postings`)
  const answers = [...(await Promise.all([send(), send(), send()])), await send()]
  expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303])
  expect(await balanceOf(tenant)).toBe('1.000000')
})

test('a mistake is told beside its field, and posts nothing', async () => {
  const tenant = await newTenant('Mistaken')
  for (const [fields, field] of [
    [{ kind: 'topup', amount: '0' }, 'amount'],
    [{ kind: 'topup', amount: '-5' }, 'amount'],
    [{ kind: 'topup', amount: '1.0000001' }, 'amount'],
    [{ kind: 'topup', amount: 'much' }, 'amount'],
    [{ kind: 'debit', amount: '5', reason: '' }, 'reason'],
    [{ kind: 'gift', amount: '5' }, 'kind'],
    [{ kind: 'topup', amount: '5', reference: 'x'.repeat(256) }, 'reference'],
  ] as const) {
    for (const action of ['preview', 'post']) {
      const answer = await submit({ ...fields, action }, admin, `/console/for/${tenant}/money/postings`)
      expect([answer.status, answer.text.includes(`id="${field}-fault"`)], JSON.stringify(fields)).toEqual([
        422,
        true,
      ])
    }
  }
  expect(await balanceOf(tenant)).toBe('0.000000')
})

test('without the scope admin, or with a test key, no balance can be changed', async () => {
  const form = { kind: 'topup', amount: '5', action: 'post' }
  const billing = await visitor.newSession({ livemode: true, scopes: ['read', 'billing'] })
  expect((await visitor.visit('/console/money', { cookie: billing })).text).not.toContain(PATH)
  expect((await visitor.visit(PATH, { cookie: billing })).status).toBe(403)
  expect((await submit(form, billing)).status).toBe(403)
  const tester = await visitor.newSession({ scopes: ['read', 'billing', 'admin'] })
  expect((await visitor.visit(PATH, { cookie: tester })).text).not.toContain(`action="${PATH}"`)
  expect((await submit(form, tester)).status).toBe(403)
  expect(await balanceOf(own.firstTenant)).toBe('0.000000')
})
