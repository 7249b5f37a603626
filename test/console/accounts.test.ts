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

test('a disabled account is skipped by its routes until it is enabled', async () => {
  const id = await connect('telefon-ip', 'paused')
  await own.request('POST', '/v1/routes', {
    body: { prefix: '+7913', channel: 'telegram', accounts: [id] },
  })
  const start = async (phone: string) => {
    const { status, body } = await own.request('POST', '/v1/verifications', {
      body: { phone, channel: 'telegram' },
    })
    return status === 201 ? 'started' : body.code
  }
  expect((await send(`${PATH}/${id}`, { action: 'disable' })).status).toBe(303)
  expect((await read(id)).enabled).toBe(false)
  expect(await start('+79135550101')).toBe('destination_denied')
  const page = await visitor.visit(`${PATH}/${id}`, { cookie: admin })
  expect(page.text).toContain('Routes skip this account')
  expect((await send(`${PATH}/${id}`, { action: 'enable' })).status).toBe(303)
  expect(await start('+79135550102')).toBe('started')
})

test('replaced credentials start a stopped account again; wrong ones leave the saved ones', async () => {
  const id = await connect('new-tel', 'to replace')
  const stopped = async () => (await own.request('GET', `/v1/provider-accounts/${id}/health`)).body.stopped
  const base_url = sandboxBaseUrl(own.sandbox.url, 'new-tel')
  const replace = (keys: Record<string, string>) =>
    send(`${PATH}/${id}`, {
      action: 'credentials',
      base_url,
      'credentials.access_key': keys.access_key ?? '',
      'credentials.sign_key': keys.sign_key ?? '',
    })
  const wrong = await replace({ access_key: 'ab'.repeat(24), sign_key: 'cd'.repeat(24) })
  expect(wrong.status).toBe(422)
  expect(wrong.text).not.toContain('ab'.repeat(24))
  expect(await stopped()).toBeNull()
  const patch = { credentials: { access_key: 'ab'.repeat(24), sign_key: 'cd'.repeat(24) } }
  await own.request('PATCH', `/v1/provider-accounts/${id}`, { body: patch })
  expect(await stopped()).not.toBeNull()
  expect((await replace(sandboxCredentials(randomBytes(32), 'new-tel'))).status).toBe(303)
  expect(await stopped()).toBeNull()
})

test('an account is renamed and its settings changed, and it is deleted once its name is typed', async () => {
  const id = await connect('telefon-ip', 'short-lived')
  const save = (fields: Record<string, string>) =>
    send(`${PATH}/${id}`, { action: 'save', 'settings.breaker': '1', ...fields })
  const renamed = await save({ name: 'renamed', 'settings.max_in_flight': '3' })
  expect(renamed.status, renamed.text).toBe(303)
  expect(await read(id)).toMatchObject({
    name: 'renamed',
    settings: { max_in_flight: 3, reorder: false, breaker: true },
  })
  const unsure = await send(`${PATH}/${id}`, { action: 'delete', typed_name: 'short-lived' })
  expect(unsure.status).toBe(422)
  expect(unsure.text).toMatch(/id="typed_name"[^>]*aria-invalid="true"/)
  const gone = await send(`${PATH}/${id}`, { action: 'delete', typed_name: 'renamed' })
  expect(gone.to).toBe(`${PATH}?removed=1`)
  expect((await own.request('GET', `/v1/provider-accounts/${id}`)).status).toBe(404)
  const events = await own.app.db.sql`
    select data from audit_log where type = 'account.deleted' and data::text like ${`%${id}%`}`
  expect(events.length).toBe(1)
})

test('a test key sees the forms, and why it changes nothing', async () => {
  const tester = await visitor.newSession({ scopes: ['verify', 'read', 'admin'] })
  const id = await connect('telefon-ip', 'live only')
  const page = await visitor.visit(`${PATH}/${id}`, { cookie: tester })
  expect(page.text).toContain('log in with a live key')
  const credentials = sandboxCredentials(randomBytes(32), 'telefon-ip')
  for (const [path, fields] of [
    [`${PATH}/new`, fieldsFor('telefon-ip', 'by a test key', credentials)],
    [`${PATH}/${id}`, { action: 'disable' }],
    [`${PATH}/${id}`, { action: 'delete', typed_name: 'live only' }],
    [`${PATH}/${id}/call`, { action: 'call', phone: '+79135550103', channel: 'sms' }],
  ] as const) {
    expect((await send(path, fields, tester)).status, path).toBe(403)
  }
  expect((await read(id)).enabled).toBe(true)
  const reader = await visitor.newSession({ livemode: true, scopes: ['verify', 'read'] })
  expect((await visitor.visit(`${PATH}/${id}`, { cookie: reader })).status).toBe(403)
})

test('a test call is offered only where a route leads to the account, and starts nothing before that', async () => {
  const id = await connect('telefon-ip', 'to try')
  const preview = async () =>
    mainOf(
      (
        await send(`${PATH}/${id}/call`, {
          action: 'preview',
          phone: '+79145550101',
          channel: 'telegram',
        })
      ).text,
    )
  expect(await preview()).toMatch(/No route for this phone[\s\S]*to try/)
  expect(await preview()).not.toContain('value="call"')
  await own.request('POST', '/v1/routes', { body: { prefix: '+7914', channel: 'telegram', accounts: [id] } })
  expect(await preview()).toContain('value="call"')
  const { body } = await own.request('GET', '/v1/verifications?phone=%2B79145550101')
  expect(body.data).toEqual([])
})
