import { afterAll, beforeAll, expect, it } from 'vitest'
import { createVisitor, type Visitor } from '../console/visitor.ts'
import { startTestHttp, type TestHttp } from './client.ts'

const PHONE = '+79245240843'
/** The same phone, as a Russian tenant's users may paste it. */
const PASTED = [
  '\u202a+7 924 524\u201108\u201143\u202c',
  '\u2068\u200e+7\u00a0924\u202f524\u200908\u300043\u2069',
  '＋７（９２４）５２４－０８－４３',
  '+7 924 524\u201308\u201443',
  '8 (924) 524-08-43',
  '\ufeff8\u00ad924\u200b5\ufe0f2\ufe0e4\u206008\u221243',
  '+٧٩٢٤٥٢٤٠٨٤٣',
  '+۷ ۹۲۴ ۵۲۴ ۰۸ ۴۳',
  '८९२४५२४०८४३',
  'tel:+7-924-524-08-43',
]

let own: TestHttp
let visitor: Visitor
let key: string
let cookie: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  const scopes = ['verify', 'read', 'billing', 'admin']
  key = (await own.newKey({ scopes })).secret
  cookie = await visitor.newSession({ scopes })
})
afterAll(() => own.stop())

it('a phone starts and is found, however pasted', async () => {
  for (const phone of PASTED) {
    const started = await own.request('POST', '/v1/verifications', { key, body: { phone } })
    expect([phone, started.status, started.body.phone]).toEqual([phone, 201, PHONE])
  }
  const paths = ['/v1/verifications', '/v1/audit', '/v1/billing/records', '/v1/sandbox/calls']
  for (const phone of [...PASTED, ' 79245240843', '\u200e 7 924 524 08 43']) {
    for (const path of paths) {
      const answer = await own.request('GET', `${path}?phone=${encodeURIComponent(phone)}`, { key })
      expect([path, phone, answer.status]).toEqual([path, phone, 200])
      if (path === '/v1/verifications') expect(answer.body.data).toHaveLength(PASTED.length)
    }
  }
  expect((await own.request('GET', '/v1/verifications?phone=+79245240843', { key })).body.data).toHaveLength(
    PASTED.length,
  )
  for (const path of ['/v1/verifications', '/v1/audit']) {
    const ends = encodeURIComponent('٠٨\u201143\u200e')
    expect(
      (await own.request('GET', `${path}?phone_ends=${ends}`, { key })).body.data.length,
    ).toBeGreaterThan(0)
  }
})

it('the console’s search finds it in full, in national form and by its last digits', async () => {
  const body = { phone: PHONE, reference: 'pasted-4711' }
  const { id } = (await own.request('POST', '/v1/verifications', { key, body })).body
  for (const typed of [
    ...PASTED,
    '524-08-43',
    '924 524\u201108\u201143',
    '۰۸۴۳',
    '0843\u200f',
    'pasted-4711',
  ]) {
    const page = await visitor.visit(`/console/verifications?q=${encodeURIComponent(typed)}`, { cookie })
    expect([typed, page.status, page.text.includes(id)]).toEqual([typed, 200, true])
  }
  const other = await visitor.visit('/console/verifications?q=8%20(924)%20524-08-44', { cookie })
  expect(other.text).not.toContain(id)
  for (const phone of PASTED) {
    const money = await visitor.visit(`/console/money?phone=${encodeURIComponent(phone)}`, { cookie })
    expect([phone, money.status]).toEqual([phone, 200])
  }
  expect((await visitor.visit('/console/money?phone=+79245240843', { cookie })).status).toBe(200)
  const marked = await visitor.visit(`/console/verifications?q=${encodeURIComponent(`\u200b${id}\ufeff`)}`, {
    cookie,
  })
  expect(marked.headers.get('location')).toBe(`/console/verifications/${id}`)
})

it('is refused if it is not a single phone', async () => {
  for (const phone of [
    `${PHONE} ${PHONE}`,
    '+7 924 524 08 4O',
    '+7924524084½',
    `${PHONE}\n${PHONE}`,
    '\u200e',
  ]) {
    const started = await own.request('POST', '/v1/verifications', { key, body: { phone } })
    expect([phone, started.status, started.body.errors?.[0].path]).toEqual([phone, 422, 'phone'])
  }
})

it('is erased, however pasted', async () => {
  for (const phone of PASTED.slice(0, 2)) {
    const answer = await own.request('POST', '/v1/erasures', { key, body: { phone } })
    expect([answer.status, answer.body.status]).toEqual([201, 'done'])
  }
  const left = await own.request('GET', `/v1/verifications?phone=${encodeURIComponent(PHONE)}`, { key })
  expect(left.body.data).toEqual([])
})

it('a code is read in the digits of any script', async () => {
  const body = { phone: '+79245240899' }
  const { id } = (await own.request('POST', '/v1/verifications', { key, body })).body
  const submit = async (code: string) =>
    (await own.request('POST', `/v1/verifications/${id}/confirm`, { key, body: { code } })).body.code
  for (const code of ['٢٣٧١', '۲۳۷۱', '२३७१', '２３７１', '2\u200b3\ufe0f7\u20111']) {
    expect([code, await submit(code)]).toEqual([code, 'code_not_ready'])
  }
  for (const code of ['23⁷1', '23½1', '237l', 'двадцать']) {
    expect([code, await submit(code)]).toEqual([code, 'invalid_request'])
  }
})

it('prefixes are read, however pasted', async () => {
  const changes = { deny_prefixes: ['\u200e＋7\u00a0(900)', '+٧٩٠١'] }
  const { body } = await own.request('PATCH', '/v1/policies', { body: changes })
  expect(body.deny_prefixes).toEqual(['+7900', '+7901'])
  const price = { prefix: '+7 924', per: 'attempt', amount: '0.1', currency: 'RUB' }
  expect((await own.request('POST', '/v1/prices', { body: price })).body.prefix).toBe('+7924')
})

it('an unencoded plus is read in every time parameter', async () => {
  const hour = 3_600_000
  const from = new Date(Date.now() - hour + 3 * hour).toISOString().replace('Z', '+03:00')
  const to = new Date(Date.now() + hour + 3 * hour).toISOString().replace('Z', '+03:00')
  const paths = ['/v1/verifications', '/v1/audit', '/v1/billing/records', '/v1/billing/summary']
  for (const path of paths) {
    const bare = await own.request('GET', `${path}?from=${from}&to=${to}`, { key })
    const encoded = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`
    const right = await own.request('GET', `${path}?${encoded}`, { key })
    expect([path, bare.status, bare.body]).toEqual([path, 200, right.body])
    const zoneless = await own.request('GET', `${path}?from=2026-01-31T12:00:00`, { key })
    expect([path, zoneless.status, zoneless.body.errors[0].path]).toEqual([path, 422, 'from'])
  }
  expect((await own.request('GET', `/v1/verifications?from=${from}`, { key })).body.data).not.toEqual([])
})
