import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, type Visitor } from './visitor.ts'

let own: TestHttp
let visit: Visitor['visit']
let cookie: string

beforeAll(async () => {
  own = await startTestHttp()
  const visitor = createVisitor(own)
  visit = visitor.visit
  cookie = await visitor.newSession({ scopes: ['verify', 'read', 'admin'] })
})
afterAll(() => own.stop())

/** The hidden fields of a page's forms. */
async function fieldsOf(path: string) {
  const { text, csrf } = await visit(path, { cookie })
  const [, once = ''] = /name="once" value="([^"]+)"/.exec(text) ?? []
  return { csrf, once }
}
const secretIn = (text: string) => /rp_test_[A-Za-z0-9]{40}/.exec(text)?.[0]
const keysNamed = async (name: string) =>
  (await own.app.db.sql`select 1 from api_keys where name = ${name}`).length

test('a form sent twice, at once or later, creates one key and shows it each time', async () => {
  const form = { ...(await fieldsOf('/console/keys')), name: 'double', mode: 'test', scopes: 'read' }
  const send = () => visit('/console/keys', { cookie, form })
  const pages = [...(await Promise.all([send(), send(), send()])), await send()]
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(new Set(pages.map(({ text }) => secretIn(text))).size).toBe(1)
  expect(secretIn(pages[0]?.text ?? '')).toBeDefined()
  expect(await keysNamed('double')).toBe(1)
})

test('a form changed after going back is a new one, and so is a reloaded form', async () => {
  const form = { ...(await fieldsOf('/console/keys')), name: 'before', mode: 'test', scopes: 'read' }
  await visit('/console/keys', { cookie, form })
  await visit('/console/keys', { cookie, form: { ...form, name: 'after' } })
  const { once } = await fieldsOf('/console/keys')
  await visit('/console/keys', { cookie, form: { ...form, name: 'after', once } })
  expect([await keysNamed('before'), await keysNamed('after')]).toEqual([1, 2])
})

test('a form with a mistake can be corrected', async () => {
  const form = { ...(await fieldsOf('/console/keys')), name: '', mode: 'test', scopes: 'read' }
  const wrong = await visit('/console/keys', { cookie, form })
  expect(wrong.status).toBe(422)
  const right = await visit('/console/keys', { cookie, form: { ...form, name: 'right' } })
  expect([right.status, await keysNamed('right')]).toEqual([200, 1])
})

test('a double click calls a phone once', async () => {
  const phone = '+79243557799'
  const form = { ...(await fieldsOf('/console/try')), phone }
  const send = () => visit('/console/try', { cookie, form })
  const pages = await Promise.all([send(), send()])
  expect(new Set(pages.map(({ headers }) => headers.get('location'))).size).toBe(1)
  expect(await own.app.db.sql`select 1 from verifications where phone = ${phone}`).toHaveLength(1)
})
