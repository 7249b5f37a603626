import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

const PATH = '/console/erasures'
let own: TestHttp
let visitor: Visitor
let admin: string
let liveKey: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  admin = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
  liveKey = (await own.newKey({ livemode: true })).secret
})
afterAll(() => own.stop())

async function submit(fields: Record<string, string>, cookie = admin, path = PATH) {
  const { csrf } = await visitor.visit('/console', { cookie })
  return visitor.visit(path, { cookie, form: { csrf, ...fields } })
}
const start = async (phone: string, key = liveKey) => {
  const { body } = await own.request('POST', '/v1/verifications', { key, body: { phone } })
  return (body.id ?? body.verification) as string
}
const phoneOf = async (id: string) => (await own.request('GET', `/v1/verifications/${id}`)).body.phone
const erasuresOf = async () => (await own.request('GET', '/v1/erasures')).body.data

test('a phone is erased once it is typed again, and the certificate can be read and downloaded', async () => {
  const phone = '+79243555301'
  const id = await start(phone)
  const asked = await submit({ phone: '8 924 355-53-01', action: 'preview' })
  expect(asked.status).toBe(200)
  expect(asked.text).toContain('Verifications to erase: 1.')
  expect(asked.text).toContain('In progress, to be cancelled first: 1.')
  expect(await phoneOf(id)).toBe(phone)
  const mistyped = await submit({ phone, action: 'erase', confirm: '+79243555302' })
  expect([mistyped.status, mistyped.text.includes('id="confirm-fault"')]).toEqual([422, true])
  expect(await phoneOf(id)).toBe(phone)

  const done = await submit({ phone, action: 'erase', confirm: '8 (924) 355-53-01' })
  const page = done.headers.get('location') ?? ''
  expect(page).toMatch(/^\/console\/erasures\/era_/)
  expect(await phoneOf(id)).toMatch(/^erased:/)
  const [erasure] = await erasuresOf()
  expect(erasure).toMatchObject({ status: 'done', verifications: 1, cancelled: 1 })
  const { text } = await visitor.visit(page, { cookie: admin })
  for (const told of [erasure.certificate, erasure.pseudonym, erasure.statement.event_hash]) {
    expect(text).toContain(told)
  }
  expect(text).not.toContain(phone)
  const json = await visitor.visit(`${page}/erasure.json`, { cookie: admin })
  expect(JSON.parse(json.text)).toEqual(erasure)
  const jws = await visitor.visit(`${page}/certificate.jws`, { cookie: admin })
  expect(jws.text).toBe(erasure.certificate)
  const list = await visitor.visit(PATH, { cookie: admin })
  expect(list.text).toContain(page)
  expect((await visitor.visit(`${PATH}.csv`, { cookie: admin })).text).toContain(`${erasure.id},phone,done,`)
})

test('a form sent twice erases once', async () => {
  const phone = '+79243555303'
  const before = (await erasuresOf()).length
  const form = { phone, action: 'erase', confirm: phone, once: randomUUID() }
  const [first, second] = await Promise.all([submit(form), submit(form)])
  expect(first.headers.get('location')).toBe(second.headers.get('location'))
  expect(await erasuresOf()).toHaveLength(before + 1)
})

test('a test key counts and erases test data only', async () => {
  const phone = '+79243555304'
  const live = await start(phone)
  const tester = await visitor.newSession({ scopes: ['read', 'admin'] })
  const asked = await submit({ phone, action: 'preview' }, tester)
  expect(asked.text).toContain('Verifications to erase: 0.')
  expect((await submit({ phone, action: 'erase', confirm: phone }, tester)).status).toBe(303)
  expect(await phoneOf(live)).toBe(phone)
})

test('another tenant’s erasure cannot be opened, and its verifications are neither counted nor erased', async () => {
  const phone = '+79243555305'
  const id = await start(phone)
  const { body: other } = await own.request('POST', '/v1/tenants', { body: { name: 'other' } })
  const path = `/console/for/${other.id}/erasures`
  expect((await submit({ phone, action: 'preview' }, admin, path)).text).toContain(
    'Verifications to erase: 0.',
  )
  const done = await submit({ phone, action: 'erase', confirm: phone }, admin, path)
  const page = done.headers.get('location') ?? ''
  expect(page).toMatch(/^\/console\/for\/ten_[0-9a-f]+\/erasures\/era_/)
  expect(await phoneOf(id)).toBe(phone)
  const name = page.split('/').at(-1)
  for (const file of ['', '/erasure.json', '/certificate.jws']) {
    expect((await visitor.visit(`${page}${file}`, { cookie: admin })).status).toBe(200)
    expect((await visitor.visit(`${PATH}/${name}${file}`, { cookie: admin })).status).toBe(404)
  }
})

test('without the scope admin nothing is shown or erased; an impossible phone is refused', async () => {
  const phone = '+79243555306'
  const id = await start(phone)
  const reader = await visitor.newSession({ livemode: true, scopes: ['verify', 'read', 'billing'] })
  expect((await visitor.visit(PATH, { cookie: reader })).status).toBe(403)
  expect((await submit({ phone, action: 'erase', confirm: phone }, reader)).status).toBe(403)
  expect(await phoneOf(id)).toBe(phone)
  for (const wrong of ['', '12', 'x'.repeat(70)]) {
    const answer = await submit({ phone: wrong, action: 'preview' })
    expect([answer.status, answer.text.includes('id="phone-fault"')], wrong).toEqual([422, true])
  }
})
