import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { parseId } from '../../src/values/ids.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { idAt, type Known, store, storeDoor } from '../statistics/model.ts'
import { createVisitor, type Visitor } from './visitor.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

let own: TestHttp
let visitor: Visitor
let cookie: string
let key: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  cookie = await visitor.newSession()
  key = (await own.newKey()).secret
  const tenantId = parseId('tenant', own.firstTenant)
  const owner = { ...own.app, actor: { tenantId, livemode: false } } as unknown as ClientContext
  const door = await storeDoor(owner)
  for (const [i, one] of history(door).entries()) await store(owner, { ...one, phone: one.phone + i })
})
afterAll(() => own.stop())

/** Three weeks of different destinations, operators and ends; nothing in the week before the last one. */
function history(door: string): Known[] {
  const noon = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS + 12 * HOUR_MS
  const kinds = [
    ['approved', '+7924355510', 'RU', 'flash_call', 'telefon-ip', 'МТС'],
    ['approved', '+7924355511', 'RU', 'flash_call', 'new-tel', 'МТС'],
    ['expired', '+4915112345', 'DE', 'sms', 'new-tel', null],
    ['failed', '+7495355512', 'RU', 'flash_call', null, null],
    ['denied', '+7924355513', 'RU', 'flash_call', null, null],
    ['locked', '+3161234567', 'NL', 'flash_call', 'telefon-ip', '=1+1'],
  ] as const
  return Array.from({ length: 60 }, (_, i) => {
    const [status, phone, country, channel, provider, carrier] = kinds[i % kinds.length] ?? kinds[0]
    const days = i < 40 ? i % 6 : 14 + (i % 6)
    const at = new Date(noon - days * DAY_MS - (i % 5) * 1234_567)
    const call = {
      provider,
      channel,
      carrier,
      cost: 300_000,
      currency: 'RUB',
      price: 500_000,
      captured: true,
    }
    const isReached = status === 'approved' || status === 'locked' || i % 12 === 2
    return {
      id: idAt(at),
      at,
      status,
      phone,
      country,
      channel,
      deliveredMs: isReached ? 2000 + i * 50 : null,
      endedMs: 20_000,
      calls: provider ? [call] : [],
      feedback: i % 7 === 0 ? ['no_call'] : [],
      door: i % 9 === 2 ? door : null,
    } as Known
  })
}

const day = (ago: number) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10)
const visit = (path: string, more = '') => visitor.visit(path, { cookie: cookie + more })
const unescaped = (text: string) =>
  text
    .replace(/<[^>]*>/g, '')
    .replaceAll('&amp;', '&')
    .replaceAll('&#39;', "'")
    .replaceAll('\u00a0', ' ')

/** The rows of the page's table: cells as text, and where the first one leads. */
function tableOf(text: string) {
  const body = /<tbody>([\s\S]*?)<\/tbody>/.exec(text)?.[1] ?? ''
  return [...body.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row = '']) => ({
    cells: [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell = '']) => unescaped(cell)),
    href: (/href="([^"]*)"/.exec(row)?.[1] ?? '').replaceAll('&amp;', '&'),
  }))
}

/** How many verifications a list has, over all its pages. */
async function countOf(path: string): Promise<number> {
  const { status, text } = await visit(path.replace('?', '.csv?'))
  expect([path, status]).toEqual([path, 200])
  return text.trim().split('\r\n').length - 1
}

test('cost and charge of calls are shown to a key with the scope read alone, as in the API', async () => {
  const scopes = ['read']
  const reader = await visitor.newSession({ scopes })
  const query = `group_by=provider&from=${day(6)}`
  const { text } = await visitor.visit(`/console/statistics?${query}&to=${day(0)}`, { cookie: reader })
  const { secret } = await own.newKey({ scopes })
  const { body } = await own.request('GET', `/v1/statistics?${query}T00:00:00Z`, { key: secret })
  const amounts = ({ cells }: { cells: string[] }) =>
    [cells[12], cells[14]].map((cell = '') => Number(cell.replace(/[^\d.]/g, '')))
  const told = body.data.map(({ cost, price }: Record<string, { amount: string }>) =>
    [cost, price].map((money) => Number(money?.amount)),
  )
  expect(tableOf(text).map(amounts)).toEqual(told)
  expect(told.flat().some((amount: number) => amount > 0)).toBe(true)
})

test.each(['hour', 'day', 'country', 'prefix', 'carrier', 'provider', 'channel'])(
  'by %s the page has the numbers of the API, and each row leads to as many verifications',
  async (group) => {
    const query = `group_by=${group}&from=${day(6)}`
    const { text, status } = await visit(`/console/statistics?${query}&to=${day(0)}`)
    expect(status).toBe(200)
    const answer = await own.request('GET', `/v1/statistics?${query}T00:00:00Z`, { key })
    const rows = tableOf(text)
    const { data } = answer.body
    const inOrder = group === 'hour' || group === 'day' ? [...data].reverse() : data
    const numbers = (row: Record<string, unknown>) => {
      const feedback = Object.values(row.feedback as Record<string, number>)
      return [
        row.started,
        row.delivered,
        row.approved,
        row.client_checked,
        row.denied,
        row.failed,
        ...feedback,
      ]
    }
    const shown = rows.map(({ cells }) => [...cells.slice(1, 4), ...cells.slice(5, 8), ...cells.slice(-5)])
    expect(shown.map((cells) => cells.map(Number))).toEqual(inOrder.map(numbers))
    expect(rows.map(({ cells }) => cells[4])).toEqual(
      inOrder.map(({ conversion_percent: share }: { conversion_percent: number | null }) =>
        share === null ? '–' : `${Math.round(share * 10) / 10}%`,
      ),
    )
    const counts = await Promise.all(rows.map(({ href }) => countOf(href)))
    expect(counts).toEqual(inOrder.map(({ started }: { started: number }) => started))
    const bars = [...text.matchAll(/<a(?: class="lane")? href="([^"]*)" tabindex="-1"/g)].map(
      ([, href = '']) => href.replaceAll('&amp;', '&'),
    )
    for (const { href } of rows) expect(bars).toContain(href)
  },
)

test('the span before has the same length, and the change is told in percent or percentage points', async () => {
  const { text } = await visit(`/console/statistics?from=${day(13)}&to=${day(7)}`)
  const [, figures = ''] = /<dl class="figures">([\s\S]*?)<\/dl>/.exec(text) ?? []
  const read = async (from: number, to: number) => {
    const query = `group_by=day&from=${day(from)}T00:00:00Z&to=${day(to)}T00:00:00Z`
    const { data } = (await own.request('GET', `/v1/statistics?${query}`, { key })).body
    const sum = (name: string) =>
      data.reduce((all: number, row: Record<string, number>) => all + (row[name] ?? 0), 0)
    return { started: sum('started'), delivered: sum('delivered') }
  }
  const [now, before] = [await read(13, 6), await read(20, 13)]
  expect(before.started).toBeGreaterThan(0)
  expect(now).toEqual({ started: 0, delivered: 0 })
  const lines = [...figures.matchAll(/<dt>([^<]*)<\/dt>([\s\S]*?)<\/div>/g)].map(([, name, rest = '']) =>
    `${name}: ${unescaped(rest)}`.replace(/\s+/g, ' '),
  )
  expect(lines[0]).toBe(`Started: 0 ▼ 100%Down by 100% · Before: ${before.started}`)
  const share = Math.round((before.delivered / before.started) * 1000) / 10
  expect(lines[1]).toBe(`Delivered: – 0 Before: ${share}%`)
  const reverse = await visit(`/console/statistics?from=${day(6)}&to=${day(0)}`)
  expect(unescaped(reverse.text)).not.toMatch(/(Up|Down) by/)
})

test('a share changes by percentage points, in words as well', async () => {
  const { text } = await visit(`/console/statistics?from=${day(17)}&to=${day(16)}`)
  expect(unescaped(text)).toMatch(
    /Delivered\s+[\d.]+% \d+\s+[▲▼] [\d.]+ pp(Up|Down) by [\d.]+ pp · Before: [\d.]+%/,
  )
})

test('a span without verifications says so, and links to the file and the API call', async () => {
  const { text, status } = await visit('/console/statistics?from=2020-01-01&to=2020-01-02&group_by=country')
  expect(status).toBe(200)
  expect(text).toContain('No verifications in this period.')
  expect(text).not.toContain('<svg')
  expect(unescaped(text)).toContain(
    '/v1/statistics?group_by=country&from=2020-01-01T00:00:00Z&to=2020-01-03T00:00:00Z',
  )
})

test('the file is that of the API', async () => {
  const query = `group_by=provider&from=${day(6)}`
  const file = await visit(`/console/statistics.csv?${query}&to=${day(1)}`)
  const api = await own.request('GET', `/v1/statistics?${query}T00:00:00Z&to=${day(0)}T00:00:00Z`, {
    key,
    headers: { accept: 'text/csv' },
  })
  expect(file.text.split('\r\n').length).toBeGreaterThan(3)
  expect(file.text).toBe(api.text)
})

test.each([
  ['from=2026-02-30', 'From (UTC)'],
  ['from=yesterday', 'From (UTC)'],
  ['from=2026-02-02&to=2026-02-01', 'To (UTC)'],
  ['from=2999-01-01&to=2999-01-02', 'To (UTC)'],
  ['from=2020-01-01&to=2026-01-01', 'From (UTC)'],
  ['from=2026-01-01&to=2026-06-01&group_by=hour', 'From (UTC)'],
  ['group_by=phone', 'Group by'],
])('a mistake in the address is told by its field: %s', async (query, field) => {
  for (const path of ['/console/statistics', '/console/statistics.csv']) {
    const { status, text } = await visit(`${path}?${query}`)
    expect([path, status]).toEqual([path, 422])
    expect(text).toContain(`<strong>${field}</strong>`)
    const russian = await visit(`${path}?${query}`, '; ringproof_language=ru')
    const main = /<main[^>]*>([\s\S]*)<\/main>/.exec(russian.text)?.[1] ?? ''
    expect(unescaped(main)).not.toMatch(/\b(must|the|before|is)\b/i)
  }
})

test('hours that are still to be counted after an upgrade are left out, and the page says so', async () => {
  const { sql } = own.app.db
  const query = `/console/statistics?from=${day(20)}`
  expect((await visit(query)).text).not.toContain('still being counted')
  const all = tableOf((await visit(query)).text).length
  await sql`
    insert into statistics_marks (tenant_id, livemode, from_hour, to_hour, complete)
    values (${parseId('tenant', own.firstTenant)}, false, ${new Date(`${day(6)}T00:00:00Z`)}, ${new Date(`${day(6)}T00:00:00Z`)}, false)`
  const { text } = await visit(query)
  expect(text).toContain('still being counted')
  expect(tableOf(text).length).toBeGreaterThan(0)
  expect(tableOf(text).length).toBeLessThan(all)
  const earlier = await visit(`/console/statistics?from=${day(20)}&to=${day(10)}`)
  expect([earlier.status, tableOf(earlier.text)]).toEqual([200, []])
  await sql`delete from statistics_marks`
})

test('the list says which group it shows, and leads to the list without it', async () => {
  const { text } = await visit(`/console/verifications?unknown=carrier&country=DE&status=started`)
  expect(text).toContain('Unknown network')
  expect(text).toContain('Germany (DE)')
  expect(text).toContain('href="/console/verifications?status=started&amp;unknown=carrier"')
  for (const query of ['unknown=phone', 'hour=now', `carrier=${'x'.repeat(256)}`]) {
    expect([query, (await visit(`/console/verifications?${query}`)).status]).toEqual([query, 422])
  }
})
