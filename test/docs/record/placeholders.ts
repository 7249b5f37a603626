import { createHash } from 'node:crypto'

const START = Date.parse('2026-01-31T12:00:00.000Z')
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Values of fields that are secret, or that no two recordings share. */
const FIELDS: Record<string, unknown> = {
  proof: 'eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiIrNzkyNDM1NTUxMDAifQ.c2lnbmF0dXJlIG9mIDY0IGJ5dGVz',
  certificate: 'eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJlcmFzZWQiOiIxIn0.c2lnbmF0dXJlIG9mIDY0IGJ5dGVz',
  signature: 'eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ..c2lnbmF0dXJlIG9mIDY0IGJ5dGVz',
  token: 'YOUR_TOKEN',
  access_key: 'YOUR_ACCESS_KEY',
  sign_key: 'YOUR_SIGN_KEY',
  kid: 'kYw5nnQb0o1ZbA0zq3l8mB7sQ2x9uV4tR6eC1dF0gHs',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  next_cursor: null,
  milliseconds: 84,
  hint: '3f9a',
  iat: START / 1000,
  p50: 2.4,
  p95: 6.1,
}

/** Makes every recording alike: ids, times, digits, hashes and secrets become fixed ones that look real. */
export function createPlaceholders(start: number) {
  const numbers = new Map<string, string>()

  function numbered(text: string, make: (n: number) => string): string {
    const known = numbers.get(text)
    if (known) return known
    const made = make(numbers.size + 1)
    numbers.set(text, made)
    return made
  }

  /** Distances up to a minute vary from run to run, longer ones were asked for. */
  function timed(text: string): string {
    const distance = Date.parse(text) - start
    if (/:00:00(\.000)?Z$/.test(text))
      return new Date(START + Math.ceil(distance / HOUR) * HOUR).toISOString()
    const days = Math.round(distance / DAY) * DAY
    const minutes = Math.round((distance - days) / 60_000) * 60_000
    return new Date(START + days + minutes).toISOString()
  }

  function ofText(text: string): string {
    return text
      .replace(/\b([a-z]{3})_[0-9a-f]{32}\b/g, (id, kind) =>
        numbered(id, (n) => `${kind}_0193f2a4b6c87d1e9f0a1b2c3d${n.toString(16).padStart(6, '0')}`),
      )
      .replace(/\breq_\w+|\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, 'req_8f14e45fceea167a')
      .replace(/\b(?!0+\b)([0-9a-f]{64}|[0-9a-f]{32})\b/g, (hash) =>
        numbered(hash, (n) => createHash('sha256').update(String(n)).digest('hex').slice(0, hash.length)),
      )
      .replace(/\brp_(live|test)_\w+/g, (_, mode) => `rp_${mode}_${'EXAMPLE'.repeat(6).slice(0, 40)}`)
      .replace(/\bvct_[\w-]{43}/g, 'vct_EXAMPLE')
      .replace(/\bwhsec_[\w+/=]+/g, 'whsec_RVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBMRQ==')
      .replace(/http:\/\/127\.0\.0\.1:\d+\/hook/g, 'https://example.com/webhooks/ringproof')
      .replace(/http:\/\/127\.0\.0\.1:\d+\/telefon-ip/g, 'https://operator.example.com')
      .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'https://verify.example.com')
      .replace(/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, timed)
      .replace(/^20\d\d-\d\d(-\d\d)?$/, (day) => '2026-01-31'.slice(0, day.length))
      .replace(/(?<=[:：] ?)\d{4,8}\b(?!-)/g, (code) => '237146'.slice(0, code.length))
  }

  function of(value: unknown, field = ''): unknown {
    if (value === null || value === undefined) return value
    if (field === 'code' && /^\d+$/.test(String(value))) return '2371'
    if (field === 'token' && /^[\da-f]{8}-/.test(String(value))) return '11111111-1111-4111-8111-111111111111'
    if (field in FIELDS && typeof value !== 'object') return FIELDS[field]
    if (typeof value === 'string')
      return field === 'from' && /^\+\d+$/.test(value) ? fromOf(value) : ofText(value)
    if (Array.isArray(value)) return value.slice(0, 2).map((item) => of(item, field))
    if (typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, of(member, name)]))
  }
  return of
}

/** A calling number that ends with the code of the examples; the phone of the examples stays as it is. */
const fromOf = (number: string) => (number.startsWith('+7924') ? number : `${number.slice(0, -4)}2371`)
