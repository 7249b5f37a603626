import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

const PATH = '/console/phones'
let own: TestHttp
let visitor: Visitor
let admin: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  admin = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
})
afterAll(() => own.stop())

const standingOf = async (phone: string) =>
  (await own.request('GET', `/v1/phones/${encodeURIComponent(phone)}/standing`)).body

async function submit(fields: Record<string, string>, cookie = admin, path = PATH, page = path) {
  const { csrf } = await visitor.visit(page, { cookie })
  return visitor.visit(path, { cookie, form: { csrf, ...fields } })
}

test('a phone is blocked until a time, listed, exported and made neutral again', async () => {
  const phone = '+79243555100'
  const fields = { phone: '8 924 355 51 00', until: '2099-01-31T12:00', reason: 'pumping' }
  expect((await submit({ ...fields, standing: 'blocked' })).status).toBe(303)
  expect(await standingOf(phone)).toMatchObject({
    standing: 'blocked',
    until: '2099-01-31T12:00:00.000Z',
    reason: 'pumping',
  })
  const list = await visitor.visit(`${PATH}?standing=blocked`, { cookie: admin })
  expect(list.text).toContain(phone)
  const trusted = await visitor.visit(`${PATH}?standing=trusted`, { cookie: admin })
  expect(trusted.text).not.toContain(phone)
  const file = await visitor.visit(`${PATH}.csv`, { cookie: admin })
  expect(file.text).toContain(`${phone},blocked,2099-01-31T12:00:00.000Z,"pumping"`)
  expect((await submit({ phone, standing: 'neutral' })).status).toBe(303)
  expect(await standingOf(phone)).toMatchObject({ standing: 'neutral' })
})

test('a mistake is explained beside what was typed', async () => {
  const answer = await submit({ phone: '12', reason: 'a note', standing: 'blocked' })
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('value="a note"')
})

test('from a verification, its phone is trusted, blocked and made neutral', async () => {
  const phone = '+79243555101'
  const live = await own.newKey({ livemode: true, scopes: ['verify', 'read'] })
  const { body } = await own.request('POST', '/v1/verifications', { key: live.secret, body: { phone } })
  const page = `/console/verifications/${body.id ?? body.verification}`
  for (const standing of ['trusted', 'blocked', 'neutral']) {
    expect((await submit({ standing }, admin, `${page}/standing`, page)).status).toBe(303)
    expect(await standingOf(phone)).toMatchObject({ standing })
  }
})

test('without a live administrator’s key nothing can be changed', async () => {
  const tester = await visitor.newSession({ scopes: ['verify', 'read', 'admin'] })
  const list = await visitor.visit(PATH, { cookie: tester })
  expect([list.status, list.text.includes('name="standing" value="blocked"')]).toEqual([200, false])
  expect((await submit({ phone: '+79243555102', standing: 'blocked' }, tester)).status).toBe(403)
  const reader = await visitor.newSession({ scopes: ['read'] })
  expect((await visitor.visit(PATH, { cookie: reader })).status).toBe(403)
})
