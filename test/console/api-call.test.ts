import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

let own: TestHttp
let visit: Visitor['visit']
let cookie: string

beforeAll(async () => {
  own = await startTestHttp({ PUBLIC_URL: 'https://verify.example.org' })
  const visitor = createVisitor(own)
  visit = visitor.visit
  cookie = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
  const price = { prefix: '+7', per: 'attempt', amount: '0.35', currency: 'RUB' }
  const bodies: Record<string, object> = {
    '/v1/verifications': { phone: '+79243555102' },
    '/v1/prices': price,
    '/v1/provider-accounts': {
      provider: 'telefon-ip',
      name: 'main',
      base_url: own.sandbox.url,
      credentials: { token: 'a-token-that-nobody-knows' },
    },
    '/v1/webhook-endpoints': { url: 'https://hooks.example.org/' },
    '/v1/compat-credentials': { facade: 'telefon-ip', name: 'shop' },
    '/v1/erasures': { phone: '+79243555101' },
  }
  for (const [path, body] of Object.entries(bodies)) {
    const { status, text } = await own.request('POST', path, { body })
    expect(status, `${path} ${text}`).toBeLessThan(300)
  }
})
afterAll(() => own.stop())

/** The API calls that a page shows. */
async function callsOn(path: string): Promise<{ url: URL; tenant: string | undefined }[]> {
  const { text } = await visit(path, { cookie })
  const [, shown = ''] = /<details[^>]*data-api>.*?<pre[^>]*>(.*?)<\/pre>/s.exec(text) ?? []
  const lines = shown.replaceAll('&quot;', '"').replaceAll('&amp;', '&').split('\n').filter(Boolean)
  return lines.map((line) => {
    const [, url = '', tenant] =
      /^curl -s "([^"`$\\]+)" -H "Authorization: Bearer \$KEY"(?: -H "Ringproof-Tenant: (ten_\w+)")?$/.exec(
        line,
      ) ?? []
    return { url: new URL(url), tenant }
  })
}

it('every page with something of the API shows calls that work', async () => {
  const lists = [
    '/console',
    '/console?span=days',
    '/console/statistics',
    '/console/statistics?group_by=country',
    '/console/verifications?status=pending&from=2026-01-31&q=%2B79243555102',
    '/console/verifications',
    '/console/operators',
    '/console/routes',
    '/console/money?phone=%2B79243555102&from=2026-01-31',
    '/console/money/statements?month=2026-01',
    '/console/money/postings',
    '/console/money/findings',
    '/console/money/findings?state=all',
    '/console/policy',
    '/console/policy/start-hook',
    '/console/phones',
    '/console/phones?standing=blocked',
    '/console/texts',
    '/console/webhooks',
    '/console/keys',
    '/console/doors',
    '/console/prices',
    '/console/costs',
    '/console/erasures',
    '/console/tenants',
  ]
  const asked: string[] = []
  const faults: string[] = []
  async function tryCalls(path: string): Promise<void> {
    const calls = await callsOn(path)
    if (calls.length === 0) faults.push(`${path} shows none`)
    for (const { url } of calls) {
      expect(url.origin).toBe('https://verify.example.org')
      const { status, text } = await own.request('GET', url.pathname + url.search)
      if (status !== 200) faults.push(`${path} ${url} ${text}`)
      asked.push(url.pathname.replace(/[a-z]{2,4}_[0-9a-f]{32}/, '{id}') + url.search)
    }
  }
  for (const path of lists) {
    await tryCalls(path)
    const { text } = await visit(path, { cookie })
    const [, one] = new RegExp(`href="(${path.split('?')[0]}/[a-z]+_[0-9a-f]{32})"`).exec(text) ?? []
    if (one) await tryCalls(one)
  }
  expect(faults).toEqual([])
  expect(asked).toEqual(expect.arrayContaining(['/v1/provider-accounts/{id}', '/v1/tenants/{id}']))
  expect(asked.filter((path) => path.includes('{id}')).length).toBeGreaterThan(9)
})

it('the filters of a page are the query of its call', async () => {
  const [call] = await callsOn('/console/verifications?status=pending&from=2026-01-31&q=%2B79243555102')
  expect(Object.fromEntries(call?.url.searchParams ?? [])).toEqual({
    status: 'pending',
    from: '2026-01-31T00:00:00Z',
    phone: '+79243555102',
  })
  // The API has no search within references.
  expect(await callsOn('/console/verifications?q=part&by=text')).toEqual([])
})

it('a page that acts for a tenant shows a call for that tenant', async () => {
  const body = { name: 'shop', default_region: 'RU', currency: 'RUB' }
  const { body: tenant } = await own.request('POST', '/v1/tenants', { body })
  expect((await callsOn(`/console/for/${tenant.id}/keys`))[0]?.tenant).toBe(tenant.id)
  expect((await callsOn('/console/keys'))[0]?.tenant).toBeUndefined()
})
