import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

const PATH = '/console/texts'
let own: TestHttp
let visitor: Visitor
let admin: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  admin = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
})
afterAll(() => own.stop())

const saved = async () => (await own.request('GET', '/v1/texts')).body

/** The fields of the form on a page, as a browser would send them. */
function fieldsOf(page: string): Record<string, string> {
  const inputs = page.matchAll(/<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g)
  const areas = page.matchAll(/<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</g)
  return Object.fromEntries([...inputs, ...areas].map(([, name = '', value = '']) => [name, value]))
}

/** Sends the page's own form with some fields changed. */
async function submit(fields: Record<string, string>, cookie = admin) {
  const page = await visitor.visit(PATH, { cookie })
  return visitor.visit(PATH, { cookie, form: { ...fieldsOf(page.text), csrf: page.csrf, ...fields } })
}

test('texts are previewed, then saved, and an empty field removes one', async () => {
  const change = {
    app: 'Acme',
    domain: 'acme.example',
    'sms.en': 'Acme: {code}',
    language: 'de',
    new_voice: 'Ihr Code: {code}',
  }
  const preview = await submit({ ...change, action: 'preview' })
  expect(preview.status).toBe(200)
  expect(preview.text).toContain('Acme: 123456<br>@acme.example #123456')
  expect(preview.text).toContain('Length: 34 (7-bit). Segments: 1.')
  expect(preview.text).toContain('Ihr Code: 1, 2, 3, 4, 5, 6')
  expect(await saved()).toMatchObject({ app: null, sms: {} })

  expect((await submit({ ...change, action: 'save' })).status).toBe(303)
  const fields = {
    app: 'Acme',
    domain: 'acme.example',
    sms: { en: 'Acme: {code}' },
    voice: { de: 'Ihr Code: {code}' },
  }
  expect(await saved()).toMatchObject(fields)
  expect((await submit({ action: 'save' })).status).toBe(303)
  expect(await saved()).toMatchObject(fields)

  expect((await submit({ 'voice.de': '', domain: '', action: 'save' })).status).toBe(303)
  expect(await saved()).toMatchObject({ ...fields, domain: null, voice: {} })
})

test('a language that was previewed is saved with the rest, and stays in a form that is refused', async () => {
  const { sms } = await saved()
  const added = { language: 'ar', new_sms: 'رمزك {code}', action: 'preview' }
  const preview = await submit(added)
  expect(preview.text).toContain('<p lang="ar" dir="auto">رمزك 123456</p>')
  const shown = { ...fieldsOf(preview.text), csrf: preview.csrf }

  const send = (form: Record<string, string>) => visitor.visit(PATH, { cookie: admin, form })
  const refused = await send({ ...shown, 'sms.ar': 'رمزك', action: 'save' })
  expect([refused.status, fieldsOf(refused.text)['sms.ar']]).toEqual([422, 'رمزك'])
  const mended = { ...fieldsOf(refused.text), csrf: refused.csrf, 'sms.ar': 'رمزك {code}', action: 'save' }
  expect((await send(mended)).status).toBe(303)
  expect((await saved()).sms).toEqual({ ...sms, ar: 'رمزك {code}' })
  expect((await submit({ 'sms.ar': '', action: 'save' })).status).toBe(303)
})

test('texts in fifty languages that take many bytes fit into the form', async () => {
  const before = await saved()
  const letters = [...'abcdefghijklmnopqrstuvwxy']
  const languages = letters.flatMap((letter) => [`q${letter}a`, `q${letter}b`])
  const texts = Object.fromEntries(
    languages.map((tag) => [tag, `確認碼 {code}，${'請勿告訴任何人。'.repeat(4)}`]),
  )
  const { status } = await own.request('PATCH', '/v1/texts', { body: { sms: null, voice: texts } })
  expect(status).toBe(200)
  expect((await submit({ 'voice.qaa': '{code}', action: 'save' })).status).toBe(303)
  expect((await saved()).voice).toEqual({ ...texts, qaa: '{code}' })
  const back = { sms: null, voice: null }
  await own.request('PATCH', '/v1/texts', { body: back })
  await own.request('PATCH', '/v1/texts', { body: { sms: before.sms, voice: before.voice } })
})

test('what no texts can have is refused by the name of its field, in both languages', async () => {
  const wrong = { 'sms.ru': 'Код', language: 'немецкий', new_sms: '{code}', action: 'save' }
  const english = await submit(wrong)
  expect(english.status).toBe(422)
  expect(english.text).toContain('<strong>SMS (ru)</strong>: must contain {code}')
  const russian = await submit(wrong, `${admin}; ringproof_language=ru`)
  expect(russian.text).toContain('<strong>СМС (ru)</strong>: в тексте нет {code}')
  expect(russian.text).toContain('нужен код языка, например ru или pt-BR')
})

test('a form that is older than the texts, or of a test key, saves nothing', async () => {
  const before = await saved()
  expect((await submit({ app: 'Other', seen: 'older', action: 'save' })).status).toBe(409)
  const tester = await visitor.newSession({ scopes: ['admin', 'read'] })
  expect((await submit({ app: 'Other', action: 'save' }, tester)).status).toBe(403)
  const reader = await visitor.newSession({ scopes: ['read'], livemode: true })
  expect((await visitor.visit(PATH, { cookie: reader })).status).toBe(403)
  expect(await saved()).toEqual(before)
})
