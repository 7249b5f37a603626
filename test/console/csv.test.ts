import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, type Visitor } from './visitor.ts'

const FORMULAS = [
  '=1+1',
  '+cmd|x',
  '-2+3',
  '@SUM(1)',
  '\t=1',
  'a;=1+1',
  ' =1',
  '"=1',
  '＝1+1',
  '\u200e=1',
  '\u061c=1',
]
const CELL = /(?:"((?:[^"]|"")*)"|([^",;\t\r\n]*))(,|\r\n)/y

let own: TestHttp
let visitor: Visitor
let live: string
let tester: string
let testKey: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  const scopes = ['verify', 'read', 'billing', 'admin']
  testKey = (await own.newKey({ scopes })).secret
  live = await visitor.newSession({ scopes, livemode: true })
  tester = await visitor.newSession({ scopes })
})
afterAll(() => own.stop())

/** The cells of a file by column, quoted or not. Throws for text outside RFC 4180. */
function readCsv(text: string) {
  const lines: { value: string; quoted: boolean }[][] = [[]]
  CELL.lastIndex = 0
  while (CELL.lastIndex < text.length) {
    const [, inQuotes, bare = '', end] = CELL.exec(text) ?? []
    if (end === undefined) throw new Error(`no cell in ${text}`)
    const value = inQuotes === undefined ? bare : inQuotes.replaceAll('""', '"')
    lines.at(-1)?.push({ value, quoted: inQuotes !== undefined })
    if (end === '\r\n') lines.push([])
  }
  const [header = [], ...rows] = lines.filter((line) => line.length > 0)
  return rows.map((row) => Object.fromEntries(header.map(({ value }, i) => [value, row[i]])))
}

async function downloaded(path: string, cookie: string) {
  const { status, text, headers } = await visitor.visit(path, { cookie })
  expect([path, status, headers.get('content-type')]).toEqual([
    path,
    200,
    expect.stringContaining('text/csv'),
  ])
  return readCsv(text)
}

/** Text is quoted, with an apostrophe before formulas; everything else is bare. */
function expectSafe(rows: ReturnType<typeof readCsv>, columns: string[], texts: string[]): void {
  const cells = rows.flatMap((row) => Object.entries(row))
  for (const [name, cell] of cells) {
    expect([name, cell]).toEqual([name, expect.anything()])
    const { value = '', quoted } = cell ?? {}
    if (!quoted) expect(value).toMatch(/^([+-]?\d+(\.\d+)?|\+|[\w][\w.:-]*)?$/)
    if (columns.includes(name) && value !== '') expect([name, value, quoted]).toEqual([name, value, true])
  }
  const written = new Set(cells.map(([, cell]) => cell?.value))
  for (const text of texts) {
    expect(written).toContain(text.startsWith('a;') ? text : `'${text}`)
    expect(written).not.toContain(text.startsWith('a;') ? `'${text}` : text)
  }
}

test('no verifications file has a cell that a spreadsheet would run', async () => {
  for (const [i, reference] of FORMULAS.entries()) {
    const body = { phone: `+792435561${String(i).padStart(2, '0')}`, reference }
    expect((await own.request('POST', '/v1/verifications', { key: testKey, body })).status).toBe(201)
  }
  const rows = await downloaded('/console/verifications.csv', tester)
  expectSafe(rows, ['reference'], FORMULAS)
  expect(rows.map((row) => row.phone?.value)).toContain('+79243556100')
  const one = await downloaded(`/console/verifications/${rows[0]?.id?.value}/events.csv`, tester)
  expectSafe(one, ['data'], [])
  const audit = await own.request('GET', '/v1/audit', { key: testKey, headers: { accept: 'text/csv' } })
  expectSafe(readCsv(audit.text), ['data', 'request_id'], [])
})

test('no statement or other console file has one either', async () => {
  const amounts = { amount: '1.00', currency: 'RUB' }
  // References and reasons are trimmed.
  const given = FORMULAS.map((text) => text.trim())
  for (const reference of given) {
    await own.request('POST', '/v1/billing/topups', { body: { ...amounts, reference } })
    await own.request('POST', '/v1/billing/adjustments', {
      body: { ...amounts, direction: 'debit', reason: reference },
    })
    await own.newKey({ name: reference })
  }
  const month = new Date().toISOString().slice(0, 7)
  const texts = ['reason', 'reference']
  const lines = await downloaded(`/console/money/statements.csv?month=${month}`, live)
  expectSafe(lines, texts, given)
  expect(lines.at(-2)?.amount).toEqual({ value: '-1.000000', quoted: false })
  const answer = await own.request('GET', `/v1/billing/statements?month=${month}`, {
    headers: { accept: 'text/csv' },
  })
  expectSafe(readCsv(answer.text), texts, given)
  expectSafe(await downloaded('/console/keys.csv', live), ['name', 'scopes', 'allowed_networks'], given)
  const credentials = { token: 'a-token-of-theirs' }
  const account = { provider: 'telefon-ip', name: '=1+1', base_url: 'http://127.0.0.1:9', credentials }
  const { body } = await own.request('POST', '/v1/provider-accounts', { body: account })
  const route = { prefix: '+7', channel: 'flash_call', accounts: [body.id] }
  expect((await own.request('POST', '/v1/routes', { body: route })).status).toBe(201)
  expectSafe(await downloaded('/console/operators.csv', live), ['name', 'base_url'], ['=1+1'])
  const routes = await downloaded('/console/routes.csv', live)
  expect(routes.map(({ prefix }) => prefix)).toContainEqual({ value: '+', quoted: false })
  for (const path of [
    '/console/operators/prefixes.csv',
    '/console/policy.csv',
    '/console/overview.csv',
    '/console/money/records.csv',
    '/console/money/findings.csv',
  ]) {
    expectSafe(await downloaded(path, live), ['value', 'note', 'status_info'], [])
  }
})
