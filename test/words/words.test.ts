import { describe, expect, it } from 'vitest'
import { AppError, detailOf, ERRORS, type ErrorCode, titleOf } from '../../src/errors.ts'
import { en } from '../../src/words/en.ts'
import {
  type JsonType,
  LIMITS_EN,
  type LimitName,
  NUMBER_TYPES_EN,
  type NumberType,
  STATUSES_EN,
  type Status,
  TYPES_EN,
} from '../../src/words/names-en.ts'
import { inWords, type Key, type Params, pack, say, type Text, textOf, unpack } from '../../src/words/text.ts'

const url = 'https://api.operator.example'

/** Values for every text parameter. */
const EXAMPLES: { [K in Key as Params<K> extends [unknown] ? K : never]: Params<K>[0] } = {
  stop_address: { account: 'main' },
  try_again_in: { seconds: 27 },
  limit_allow_channels: { channel: 'sms' },
  hook_denied_because: { reason: 'too many accounts' },
  hook_failed: { failure: 'TIMEOUT' },
  text_segments: { segments: 5, max: 4 },
  text_over_140_bytes: { length: 79, max: 70 },
  code_length: { channel: 'sms', min: 4, max: 8 },
  ttl_needs_workflow: { max: 600 },
  span_days: { days: 92 },
  allowed_methods: { methods: 'GET, HEAD, OPTIONS' },
  body_bytes_max: { bytes: 65_536 },
  json_fault: { line: 1, column: 11 },
  json_cut_off: { line: 3, column: 4 },
  reads_of_tenant: { running: 3, waiting: 32 },
  endpoints_max: { max: 20 },
  scope_needed: { scope: 'billing' },
  account_without_channel: { provider: 'new-tel', channel: 'sms' },
  verification_is: { status: 'expired' },
  retries_max: { retries: 3 },
  retry_pause: { seconds: 30 },
  limit_reached: { limit: 'starts_per_ip_hour' },
  limit_number_type: { type: 'premium_rate' },
  check_no_lines: { lines: 'credentials.lines', server: 'settings.server' },
  needs_lines: { lines: 'credentials.lines', server: 'settings.server' },
  needs_numbers: { numbers: 'settings.numbers' },
  check_bad_answer: { url },
  check_unreachable: { url },
  check_timeout: { url, seconds: 5 },
  note_not_connected: { address: url, code: 'ECONNREFUSED' },
  note_connection_broke: { code: 'ECONNRESET' },
  note_answer_too_large: { bytes: 1_048_576 },
  note_no_envelope: { status: 502 },
  note_wrong_base_url: { status: 404, address: url },
  note_unsigned: { status: 200 },
  note_incomplete: { missing: 'balance' },
  account_in_use: { routes: '+79 (rte_0193f2a4b6c87d1e9f0a1b2c3d4e5f60)' },
  tenant_balance_open: { balance: '5.000000', reserved: '0.350000', currency: 'RUB' },
  wrong_type: { wanted: 'string', given: 'number' },
  exactly: { value: 'true' },
  one_of: { values: 'credit, debit' },
  at_least: { min: '1' },
  more_than: { min: '0' },
  at_most: { max: '10' },
  less_than: { max: '10' },
  too_short: { min: 2 },
  too_long: { max: 255 },
  too_few: { min: 2 },
  too_many: { max: 1000 },
  member_too_long: { max: 40 },
  phone_here: { region: 'RU' },
  code_too_short: { digits: 4 },
  span_too_long: { days: 366 },
  amount_places: { places: 6 },
  currency_of_tenant: { currency: 'RUB' },
  url_port: { max: 65_535 },
  url_host_written: { host: 'api.operator.example' },
  account_foreign_numbers: { numbers: '+74951110000' },
  pool_foreign: { numbers: '+74951110000' },
  pool_number: { entry: '+7' },
  pool_range: { entry: '+74951110001-74951110000' },
  pool_too_large: { max: 100_000 },
}

const keysOf = <K extends string>(table: Record<K, unknown>) => Object.keys(table) as K[]
const params = EXAMPLES as Record<string, unknown>
const TEXTS: Text[] = [
  ...keysOf(en).map((key) => (params[key] ? { key, params: params[key] } : { key }) as Text),
  ...keysOf<Status>(STATUSES_EN).map((status) => say('verification_is', { status })),
  ...keysOf<LimitName>(LIMITS_EN).map((limit) => say('limit_reached', { limit })),
  ...keysOf<NumberType>(NUMBER_TYPES_EN).map((type) => say('limit_number_type', { type })),
  ...keysOf<JsonType>(TYPES_EN).map((type) => say('wrong_type', { wanted: type, given: type })),
]

/** Product, standard and field names, which stay Latin in Russian. */
const NAMES = new Set(
  `JSON UTF-8 HTTP API URL UTC ASCII CIDR RFC ISO alpha-2 IPv4 IPv6 VoIP UAN RUB RU E.164 application/json true false null id
  Authorization: Bearer rp_ rp_live_ rp_test_ METRICS_TOKEN Content-Type: Content-Encoding Idempotency-Key Ringproof-Tenant
  Ringproof SANDBOX_URL GATEWAY_URL SECRET_KEY admin read from to base_url credentials reconciliation verification.created T12:00:00Z
  https:// http:// /api/v3 https://api.operator.example api.operator.example ea13fbf-f5a3- db8::/32
  digits ru pt-BR acme.example base64 vct_ allowed_origins https://app.example.com: https http localhost android_hash app code ttl_minutes SMS
  SIP TLS UDP TCP PATCH POST GATEWAY_URL ALLOW_PRIVATE_TARGETS number user password
  /check sip:trunk.example.net:5060 Europe/Moscow transport udp tcp e164 national`.split(/\s+/),
)

/** The Latin words of a text, without its parameters and names. */
function latin(text: Text): string[] {
  const given = 'params' in text ? Object.values(text.params).map(String) : []
  const bare = given.reduce((all, value) => all.replaceAll(value, ' '), inWords('ru', text))
  const found = bare.match(/[/]?[A-Za-z][\w:/.-]*/g) ?? []
  return found.filter((word) => !NAMES.has(word) && !NAMES.has(word.replace(/[.:]+$/, '')))
}

describe('every error text', () => {
  it('exists in both languages', () => {
    for (const text of TEXTS) {
      for (const language of ['en', 'ru'] as const) {
        const words = inWords(language, text)
        expect([text.key, words]).toEqual([text.key, expect.not.stringMatching(/undefined|\[object|NaN/)])
      }
      expect(inWords('en', text)).not.toMatch(/[а-яё]/i)
    }
  })

  it('has no English in Russian', () => {
    for (const text of TEXTS) {
      expect([text.key, inWords('ru', text)]).toEqual([text.key, expect.stringMatching(/[а-яё]{2}/)])
      expect([text.key, latin(text)]).toEqual([text.key, []])
    }
  })

  it('contains its parameters', () => {
    // Names are translated too.
    const named = new Set<Key>(['wrong_type', 'verification_is', 'limit_reached', 'limit_number_type'])
    for (const text of TEXTS.filter(({ key }) => !named.has(key))) {
      for (const value of 'params' in text ? Object.values(text.params) : []) {
        for (const language of ['en', 'ru'] as const) expect(inWords(language, text)).toContain(String(value))
      }
    }
  })

  it('survives packing and unpacking', () => {
    for (const text of TEXTS) expect(textOf(pack(text))).toEqual(text)
    expect(unpack(pack({ said: 'нет денег' }))).toEqual({ said: 'нет денег' })
    expect(unpack('kept before')).toEqual({ said: 'kept before' })
    expect(textOf('Invalid input')).toEqual({ key: 'not_valid' })
  })
})

describe('the compiler', () => {
  it('refuses an unknown key, and parameters that a text does not take', () => {
    // @ts-expect-error: an unknown key
    expect(say('nothing_like_it').key).toBe('nothing_like_it')
    // @ts-expect-error: a missing parameter
    expect(say('scope_needed').key).toBe('scope_needed')
    // @ts-expect-error: the parameter is a number
    expect(say('try_again_in', { seconds: '27' }).key).toBe('try_again_in')
    // @ts-expect-error: the text takes no parameter
    expect(say('empty', { min: 1 }).key).toBe('empty')
  })
})

describe('every error code', () => {
  const codes = Object.keys(ERRORS) as ErrorCode[]

  it('has a unique title in both languages, which stands in for a missing detail', () => {
    for (const language of ['en', 'ru'] as const) {
      const titles = codes.map((code) => titleOf(code, language))
      expect(new Set(titles).size).toBe(codes.length)
      expect(codes.map((code) => detailOf(new AppError(code), language))).toEqual(titles)
    }
  })
})
