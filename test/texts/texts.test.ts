import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(() => test.stop())

/** Each test has a tenant of its own. */
let tenant: string
beforeEach(async () => {
  const body = { name: `tenant ${Math.random()}` }
  tenant = (await test.request('POST', '/v1/tenants', { body })).body.id
})
const headers = () => ({ 'ringproof-tenant': tenant })
const get = async () => (await test.request('GET', '/v1/texts', { headers: headers() })).body
const patch = (body: unknown) => test.request('PATCH', '/v1/texts', { body, headers: headers() })

const NONE = { app: null, domain: null, android_hash: null, default_language: null, sms: {}, voice: {} }
const HASH = 'FA+9qCX9VSu'

describe('a tenant’s texts', () => {
  it('are the built-in ones in English and Russian until it has its own', async () => {
    expect(await get()).toEqual({
      ...NONE,
      previews: {
        sms: {
          en: {
            text: '123456 is your verification code. Do not share it.',
            built_in: true,
            length: 50,
            encoding: 'gsm7',
            segments: 1,
          },
          ru: {
            text: 'Код подтверждения: 123456. Никому его не сообщайте.',
            built_in: true,
            length: 51,
            encoding: 'ucs2',
            segments: 1,
          },
        },
        voice: {
          en: {
            text: 'Hello. Your verification code is: 1, 2, 3, 4, 5, 6. Once more: 1, 2, 3, 4, 5, 6.',
            built_in: true,
            length: 80,
          },
          ru: expect.objectContaining({ built_in: true }),
        },
      },
    })
  })

  it('change field by field and language by language; null removes', async () => {
    const own = '{code} — {app}, {ttl_minutes} min.'
    const first = await patch({ app: ' Acme ', sms: { EN: own, 'de-ch': 'Ihr Code: {code}' } })
    expect(first.status, first.text).toBe(200)
    expect(first.body).toMatchObject({ app: 'Acme', sms: { en: own, 'de-CH': 'Ihr Code: {code}' } })
    expect(first.body.previews.sms.en).toEqual({
      text: '123456 — Acme, 5 min.',
      built_in: false,
      length: 21,
      encoding: 'ucs2',
      segments: 1,
    })
    expect((await patch({ voice: { en: '{code}, {code}' }, default_language: 'de' })).status).toBe(422)
    await patch({ voice: { en: '{code}, {code}' }, default_language: 'de-ch' })
    expect(await get()).toMatchObject({ ...first.body, default_language: 'de-CH', previews: {} })

    expect((await patch({ sms: { 'de-CH': null } })).body.errors).toEqual([
      { path: 'default_language', message: 'has no text: add one in this language' },
    ])
    const last = await patch({
      app: null,
      default_language: null,
      sms: { en: null, 'de-CH': null },
      voice: null,
    })
    expect(last.body).toMatchObject(NONE)
    expect(last.body.sms).toEqual({})
    expect(Object.keys(last.body.previews.sms)).toEqual(['en', 'ru'])
  })

  it('say in the last line of an SMS what browsers and Android apps look for', async () => {
    const end = async (changes: object) => {
      const { body } = await patch({
        sms: { en: '{code}', ru: '{code}' },
        voice: { en: '{code}' },
        ...changes,
      })
      expect(body.previews.voice.en.text).toBe('1, 2, 3, 4, 5, 6')
      return body.previews.sms.en.text
    }
    expect(await end({ domain: 'Acme.example' })).toBe('123456\n@acme.example #123456')
    expect(await end({ android_hash: HASH })).toBe(`123456\n@acme.example #123456 ${HASH}`)
    expect(await end({ domain: null })).toBe(`123456\n${HASH}`)
  })

  it('belong to the tenant and leave an event with the old and new values', async () => {
    await patch({ domain: 'acme.example', sms: { en: 'Code {code}' } })
    await patch({ domain: 'acme.example', sms: { en: null } })
    const { body } = await test.request('GET', '/v1/audit?type=texts.changed', { headers: headers() })
    expect(body.data.map(({ data }: { data: object }) => data)).toEqual([
      { changed: [{ field: 'sms.en', from: 'Code {code}', to: null }] },
      {
        changed: [
          { field: 'domain', from: null, to: 'acme.example' },
          { field: 'sms.en', from: null, to: 'Code {code}' },
        ],
      },
    ])
    expect((await test.request('GET', '/v1/texts')).body).toMatchObject(NONE)
  })

  it('need the scope admin, and a live key to change', async () => {
    const verify = await test.newKey({ livemode: true })
    const { secret: key } = await test.newKey({ scopes: ['admin'] })
    expect((await test.request('GET', '/v1/texts', { key: verify.secret })).status).toBe(403)
    expect((await test.request('GET', '/v1/texts', { key })).status).toBe(200)
    expect((await test.request('PATCH', '/v1/texts', { key, body: { app: 'Acme' } })).status).toBe(403)
  })
})

const BRACES = 'may contain braces only as {code}, {app} and {ttl_minutes}'
const LINE = 'must be one line without control characters'
const BYTES = 'for android_hash: 70 characters with the longest code and the last line; has'

describe('refused, and nothing is saved:', () => {
  it.each<[string, object, string, string]>([
    ['no code', { sms: { en: 'Your code' } }, 'sms.en', 'must contain {code}'],
    ['an unknown placeholder', { voice: { ru: '{code} {name}' } }, 'voice.ru', BRACES],
    ['half a placeholder', { sms: { en: '{code} {app' } }, 'sms.en', BRACES],
    ['a line break', { sms: { en: '{code}\n@evil.example #1' } }, 'sms.en', LINE],
    ['a control character', { voice: { en: '{code}\u0007' } }, 'voice.en', LINE],
    ['a mark that reverses text', { app: 'Acme\u202e' }, 'app', LINE],
    [
      '{app} without an app',
      { sms: { en: '{app}: {code}' } },
      'sms.en',
      'contains {app}, but app is not set',
    ],
    [
      'a long text',
      { voice: { en: `{code}${'x'.repeat(500)}` } },
      'voice.en',
      'must have at most 500 characters',
    ],
    [
      'five segments',
      { sms: { ru: `{code}${'ы'.repeat(300)}` } },
      'sms.ru',
      'must fit into 4 SMS segments; with the longest code it takes 5',
    ],
    ['a long text for Android', { android_hash: HASH, domain: 'acme.example' }, 'sms.ru', BYTES],
    ['a hash of ten characters', { android_hash: 'FA+9qCX9VS' }, 'android_hash', '11 characters of base64'],
    ['a URL as domain', { domain: 'https://acme.example/' }, 'domain', 'must be a domain name'],
    ['a host without a dot', { domain: 'localhost' }, 'domain', 'must be a domain name'],
    ['an unknown default', { default_language: 'fr' }, 'default_language', 'has no text'],
    [
      'a language that is none',
      { default_language: 'english' },
      'default_language',
      'must be a language tag',
    ],
    ['a template of none', { sms: { en_GB: '{code}' } }, 'sms.en_GB', 'must be a language tag'],
    ['an unknown field', { push: {} }, 'push', 'is not a known field'],
  ])('%s', async (_what, changes, path, message) => {
    const before = await get()
    const { status, body } = await patch({ voice: { de: '{code}' }, ...changes })
    expect(status).toBe(422)
    expect(body.errors).toEqual([{ path, message: expect.stringContaining(message) }])
    expect(await get()).toEqual(before)
  })

  it('more than fifty languages', async () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz'
    const many = [...letters].flatMap((a) => ['a', 'b'].map((b) => [`${a}${b}`, '{code}'] as const))
    const { body } = await patch({ sms: Object.fromEntries(many) })
    expect(body.errors).toEqual([{ path: 'sms', message: 'must have at most 50 entries' }])
  })
})

describe('the locale of a start', () => {
  it.each(['nonsense', 'ru_RU', '', 'e', 'en-', '🙂', 'en-abcdefgh-bcdefghi-cdefghij-defghijk'])(
    '%j is refused',
    async (locale) => {
      const body = { phone: '+79243555100', locale }
      const answer = await test.request('POST', '/v1/verifications', { body })
      expect(answer.status).toBe(422)
      expect(answer.body.errors).toMatchObject([{ path: 'locale' }])
    },
  )

  it.each(['ru', 'en-GB', 'zh-hant-tw', 'ast'])('%j is accepted, and is in no answer', async (locale) => {
    const { secret: key } = await test.newKey()
    const phone = `+7924355${1000 + locale.length}`
    const answer = await test.request('POST', '/v1/verifications', { key, body: { phone, locale } })
    expect(answer.status, answer.text).toBe(201)
    expect(answer.body).not.toHaveProperty('locale')
  })
})
