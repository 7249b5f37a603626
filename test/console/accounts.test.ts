import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

let own: TestHttp
let visitor: Visitor
let admin: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  admin = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
})
afterAll(() => own.stop())

const PATH = '/console/operators'

async function send(path: string, fields: Record<string, string>, cookie = admin) {
  const { csrf } = await visitor.visit('/console', { cookie })
  const answer = await visitor.visit(path, { cookie, form: { csrf, ...fields } })
  return { ...answer, to: answer.headers.get('location') ?? '' }
}

const fieldsFor = (provider: string, name: string, credentials: Record<string, string>) => ({
  provider,
  name,
  base_url: sandboxBaseUrl(own.sandbox.url, provider),
  ...Object.fromEntries(Object.entries(credentials).map(([key, value]) => [`credentials.${key}`, value])),
})

async function connect(provider: string, name: string, more: Record<string, string> = {}) {
  const credentials = sandboxCredentials(randomBytes(32), provider)
  const answer = await send(`${PATH}/new`, { ...fieldsFor(provider, name, credentials), ...more })
  expect(answer.status, answer.text).toBe(303)
  return /prv_\w+/.exec(answer.to)?.[0] ?? ''
}

const read = async (id: string) => (await own.request('GET', `/v1/provider-accounts/${id}`)).body
const mainOf = (text: string) => /<main[^>]*>([\s\S]*)<\/main>/.exec(text)?.[1] ?? ''

test('every operator has a form in both languages, with a label for each of its fields', async () => {
  const { text } = await visitor.visit(`${PATH}/new`, { cookie: admin })
  const names = [...text.matchAll(/new\?provider=([\w-]+)"/g)].map(([, name]) => name ?? '')
  expect(names).toEqual(Object.keys(own.app.providers))
  for (const name of names) {
    for (const language of ['en', 'ru']) {
      const cookie = `${admin}; ringproof_language=${language}`
      const page = mainOf((await visitor.visit(`${PATH}/new?provider=${name}`, { cookie })).text)
      const labels = [...page.matchAll(/<label[^>]*>(?:<input[^>]*>)?(?: <span>)?([^<]*)/g)].map(
        ([, label]) => label,
      )
      expect(labels.length, name).toBeGreaterThan(10)
      // A field without words would show its name in the API.
      for (const label of labels) expect(label, `${name} ${language}`).not.toMatch(/^[a-z]+(_[a-z]+)+$/)
    }
  }
  const russian = `${admin}; ringproof_language=ru`
  const { text: keys } = await visitor.visit(`${PATH}/new?provider=new-tel`, { cookie: russian })
  expect(keys).toContain('Ключ доступа к API-серверу')
  expect(keys).toContain('Ключ для подписи запросов')
})

test('an account whose credentials work is saved, with only what differs from the defaults', async () => {
  const id = await connect('new-tel', 'works', {
    'settings.pin_length': '4',
    'settings.method_prefix': 'call',
    'settings.max_per_second': '0,5',
    'settings.breaker': '1',
    'settings.reorder': '1',
    'settings.poll_first_ms': '700',
  })
  expect((await read(id)).settings).toMatchObject({ pin_length: 4, max_per_second: 0.5, breaker: true })
  const [row] = await own.app.db.sql`select settings from provider_accounts where name = 'works'`
  expect(row?.settings).toEqual({ pin_length: 4, max_per_second: 0.5 })
  const page = await visitor.visit(`${PATH}/${id}?made=1`, { cookie: admin })
  expect(page.text).toContain('The account is saved and works.')
})

test('wrong credentials save nothing, say what the operator said, and are not shown again', async () => {
  const wrong = 'a-token-that-nobody-knows'
  const fields = { ...fieldsFor('telefon-ip', 'refused', { token: wrong }), 'settings.max_in_flight': '7' }
  for (const [language, title, said] of [
    ['en', 'Access', 'The operator said: “Unauthorized'],
    ['ru', 'Доступ', 'Ответ оператора: «Unauthorized'],
  ] as const) {
    const answer = await send(`${PATH}/new`, fields, `${admin}; ringproof_language=${language}`)
    expect(answer.status).toBe(422)
    const main = mainOf(answer.text)
    expect(main).toContain(`<strong>${title}</strong>`)
    expect(main).toContain(said)
    expect(main).not.toContain(wrong)
    expect(main).toContain('value="refused"')
    expect(main).toMatch(/name="settings.max_in_flight" value="7"/)
  }
  const { body } = await own.request('GET', '/v1/provider-accounts')
  expect(body.data.map(({ name }: { name: string }) => name)).not.toContain('refused')
  const insisted = await send(`${PATH}/new`, { ...fields, action: 'anyway' })
  expect(insisted.status).toBe(303)
  const page = await visitor.visit(insisted.to, { cookie: admin })
  expect(page.text).toContain('Stopped')
})

test('faults stand beside their fields', async () => {
  const answer = await send(`${PATH}/new`, {
    ...fieldsFor('new-tel', '', { access_key: 'short', sign_key: 'short' }),
    'settings.call_timeout_seconds': 'long',
  })
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('see the marked fields')
  expect(answer.text).toMatch(/id="name"[^>]*aria-invalid="true" aria-describedby="name-fault"/)
})
