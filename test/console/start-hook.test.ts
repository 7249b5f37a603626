import { afterAll, beforeAll, expect, it } from 'vitest'
import { says } from '../events/hook-support.ts'
import { answer, type Receiver, startReceiver } from '../events/receiver.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { newPhone } from '../verifications/support.ts'
import { createVisitor, type Visitor } from './visitor.ts'

let own: TestHttp
let visitor: Visitor
let hook: Receiver
let cookie: string
beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  hook = await startReceiver(says({ action: 'allow' }))
  cookie = await visitor.newSession({ scopes: ['read', 'admin'], livemode: true })
})
afterAll(async () => {
  await own?.stop()
  await hook?.stop()
})

const PATH = '/console/policy/start-hook'
const SECRET = /whsec_[A-Za-z0-9+/]{43}=/

async function submit(form: Record<string, string>, as = cookie) {
  const { csrf } = await visitor.visit(PATH, { cookie: as })
  return visitor.visit(PATH, { cookie: as, form: { csrf, ...form } })
}
const save = (more: Record<string, string> = {}) =>
  submit({ action: 'save', url: hook.url, timeout_ms: '3000', on_failure: 'deny', ...more })

it('a hook is set with its secret shown once, tested, rotated and removed', async () => {
  expect((await save()).text).toMatch(SECRET)
  expect((await visitor.visit(PATH, { cookie })).text).not.toMatch(SECRET)
  expect((await save({ on_failure: 'allow' })).status).toBe(303)
  hook.react(says({ action: 'deny', reason: 'too <many>' }))
  const tested = await submit({ action: 'test' })
  for (const part of ['<dd>deny</dd>', 'too &lt;many&gt;', '<dd>200</dd>'])
    expect(tested.text).toContain(part)
  hook.react(answer(503))
  expect((await submit({ action: 'test' })).text).toContain('<code>HTTP_503</code>')
  expect((await submit({ action: 'rotate', overlap_seconds: '0' })).text).toMatch(SECRET)
  expect((await submit({ action: 'remove' })).status).toBe(303)
  expect((await submit({ action: 'test' })).status).toBe(404)
})

it('an address that is none is refused by its field, and the form keeps what was typed', async () => {
  const { status, text } = await save({ url: 'ftp://example.com/x', timeout_ms: '50' })
  expect(status).toBe(422)
  expect(text).toContain('value="ftp://example.com/x"')
})

it('a session of a test key can test the hook, but not change it', async () => {
  await save()
  const tester = await visitor.newSession({ scopes: ['read', 'admin'] })
  hook.react(says({ action: 'allow' }))
  expect((await submit({ action: 'test' }, tester)).text).toContain('<dd>allow</dd>')
  expect((await submit({ action: 'remove' }, tester)).status).toBe(403)
})

it('the timeline of a verification shows the decision, in both languages', async () => {
  await save()
  hook.react(says({ action: 'deny', reason: 'known fraud' }))
  const key = (await own.newKey()).secret
  const denied = await own.request('POST', '/v1/verifications', { key, body: { phone: newPhone() } })
  expect(denied.body).toMatchObject({ code: 'denied_by_hook', rule: 'start_hook' })
  const tester = await visitor.newSession({ scopes: ['read', 'admin'] })
  const path = `/console/verifications/${denied.body.verification}`
  const english = await visitor.visit(path, { cookie: tester })
  for (const part of ['The hook before the start answered', 'known fraud', 'Hook before a start'])
    expect(english.text).toContain(part)
  const russian = await visitor.visit(path, { cookie: `${tester}; ringproof_language=ru` })
  expect(russian.text).toContain('Хук перед началом ответил')
})
