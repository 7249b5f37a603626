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

type Shown = Awaited<ReturnType<Visitor['visit']>>

const saved = async () => (await own.request('GET', '/v1/texts')).body

/** Sends the form of a page, by default a new one, with some fields changed. */
async function submit(fields: Record<string, string>, cookie = admin, shown?: Shown) {
  const page = shown ?? (await visitor.visit(PATH, { cookie }))
  const form: Record<string, string> = {}
  for (const [, name = '', value = ''] of page.text.matchAll(
    /<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g,
  ))
    form[name] = value
  for (const [, name = '', value = ''] of page.text.matchAll(/<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</g))
    form[name] = value
  return visitor.visit(PATH, { cookie, form: { ...form, csrf: page.csrf, ...fields } })
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

test('a language that was previewed is saved, and survives a mistake elsewhere', async () => {
  const preview = await submit({ language: 'fr', new_sms: 'Code : {code}', action: 'preview' })
  const refused = await submit({ domain: 'not a domain', action: 'save' }, admin, preview)
  expect(refused.status).toBe(422)
  expect((await submit({ domain: '', action: 'save' }, admin, refused)).status).toBe(303)
  expect(await saved()).toMatchObject({ sms: { fr: 'Code : {code}' } })
  await submit({ 'sms.fr': '', action: 'save' })
})

test('long texts in many languages are saved', async () => {
  const template = `{code} ${'я'.repeat(180)}`
  const tags = ['be', 'bg', 'kk', 'ky', 'mk', 'mn', 'sr', 'tg', 'uk', 'ab', 'ba', 'cv', 'os', 'tt', 'sah']
  const fields = Object.fromEntries(tags.map((tag) => [`sms.${tag}`, template]))
  expect((await submit({ ...fields, action: 'save' })).status).toBe(303)
  expect((await saved()).sms).toMatchObject(Object.fromEntries(tags.map((tag) => [tag, template])))
  await own.request('PATCH', '/v1/texts', { body: { sms: null } })
})

test('what no texts can have is refused by the name of its field, in both languages', async () => {
  const wrong = { 'sms.ru': 'Код', language: 'немецкий', new_sms: '{code}', action: 'save' }
  const english = await submit(wrong)
  expect(english.status).toBe(422)
  expect(english.text).toContain('<strong>SMS (ru)</strong>: must contain {code}')
  const russian = await submit(wrong, `${admin}; ringproof_language=ru`)
  expect(russian.text).toContain('<strong>SMS (ru)</strong>: в тексте нет {code}')
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
