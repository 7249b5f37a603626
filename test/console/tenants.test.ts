import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseId } from '../../src/values/ids.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

const PATH = '/console/tenants'
let own: TestHttp
let visitor: Visitor
let admin: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  admin = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
})
afterAll(() => own.stop())

async function submit(path: string, fields: Record<string, string>, cookie = admin) {
  const { csrf } = await visitor.visit('/console', { cookie })
  return visitor.visit(path, { cookie, form: { csrf, ...fields } })
}
const SETTINGS = { default_region: 'ru', currency: 'RUB', credit_limit: '10.5', retention_days: '30' }
const create = async (name: string) => {
  const answer = await submit(PATH, { name, ...SETTINGS })
  expect(answer.status).toBe(303)
  return /ten_[0-9a-f]{32}/.exec(answer.headers.get('location') ?? '')?.[0] ?? ''
}
const tenantOf = (id: string) => own.request('GET', `/v1/tenants/${id}`)
const headerOf = (text: string) => /<header[\s\S]*?<\/header>/.exec(text)?.[0] ?? ''

test('a tenant is created, changed, exported and, once its name is typed, deleted', async () => {
  const id = await create('Acme & sons')
  expect((await tenantOf(id)).body).toMatchObject({
    name: 'Acme & sons',
    default_region: 'RU',
    credit_limit: '10.500000',
    retention_days: 30,
  })
  const page = await visitor.visit(`${PATH}/${id}`, { cookie: admin })
  expect(page.text).toContain('Acme &amp; sons')
  const changed = {
    name: 'Acme',
    default_region: '',
    credit_limit: '0',
    retention_days: '90',
    allowed_origins: 'https://app.example.com,  http://localhost:3000',
    action: 'save',
  }
  expect((await submit(`${PATH}/${id}`, changed)).status).toBe(303)
  expect((await tenantOf(id)).body).toMatchObject({
    name: 'Acme',
    default_region: null,
    retention_days: 90,
    allowed_origins: ['https://app.example.com', 'http://localhost:3000'],
  })
  const shown = await visitor.visit(`${PATH}/${id}`, { cookie: admin })
  expect(shown.text).toContain('value="https://app.example.com http://localhost:3000"')
  const file = await visitor.visit(`${PATH}.csv`, { cookie: admin })
  expect(file.text).toContain(`${id},"Acme",,RUB,0.000000,90,`)
  const refused = await submit(`${PATH}/${id}`, { action: 'delete', confirm: 'acme' })
  expect([refused.status, (await tenantOf(id)).status]).toEqual([422, 200])
  expect((await submit(`${PATH}/${id}`, { action: 'delete', confirm: 'Acme' })).status).toBe(303)
  expect((await tenantOf(id)).status).toBe(404)
})

test('a mistake is told beside its field, and what was typed stays', async () => {
  const answer = await submit(PATH, { name: 'Typed', ...SETTINGS, retention_days: '3', credit_limit: '-1' })
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('value="Typed"')
  for (const name of ['retention_days', 'credit_limit']) {
    const [input] = answer.text.match(new RegExp(`<input id="${name}"[^>]*>`)) ?? []
    expect(input).toContain('aria-invalid="true"')
    expect(input).toMatch(new RegExp(`aria-describedby="[^"]*${name}-fault"`))
    expect(answer.text).toContain(`id="${name}-fault"`)
  }
})

test('without the scope admin there are no tenants; a test key changes none', async () => {
  const id = await create('Seen')
  const reader = await visitor.newSession({ scopes: ['verify', 'read', 'billing'] })
  for (const path of [
    PATH,
    `${PATH}/${id}`,
    `${PATH}.csv`,
    `/console/for/${id}`,
    `/console/for/${own.firstTenant}x`,
  ]) {
    expect((await visitor.visit(path, { cookie: reader })).status, path).toBe(403)
  }
  expect((await submit(PATH, { name: 'x', ...SETTINGS }, reader)).status).toBe(403)
  expect((await submit(`/console/for/${id}/policy`, { action: 'save' }, reader)).status).toBe(403)
  const tester = await visitor.newSession({ scopes: ['read', 'admin'] })
  for (const path of [PATH, `${PATH}/${id}`]) {
    const { status, text } = await visitor.visit(path, { cookie: tester })
    expect([status, text.includes(`action="${path}"`)]).toEqual([200, false])
  }
  expect((await submit(PATH, { name: 'x', ...SETTINGS }, tester)).status).toBe(403)
  expect((await submit(`${PATH}/${id}`, { action: 'delete', confirm: 'Seen' }, tester)).status).toBe(403)
})

test('each tab acts for the tenant in its address, and says so', async () => {
  const [a, b] = [await create('Tab A'), await create('Tab B')]
  const phones = { [a]: '+79243555201', [b]: '+79243555202' }
  for (const [tenant, phone] of Object.entries(phones)) {
    const form = { phone, standing: 'blocked' }
    const answer = await submit(`/console/for/${tenant}/phones`, form)
    expect(answer.headers.get('location')).toMatch(new RegExp(`^/console/for/${tenant}/phones`))
  }
  for (const [tenant, name, other] of [
    [a, 'Tab A', b],
    [b, 'Tab B', a],
  ] as const) {
    const { text } = await visitor.visit(`/console/for/${tenant}/phones`, { cookie: admin })
    expect(text).toContain(phones[tenant])
    expect(text).not.toContain(phones[other])
    expect(headerOf(text)).toMatch(new RegExp(`class="acting"[\\s\\S]*${name}`))
    // Only the menu of tenants, the log-out and the preferences leave the tenant.
    const left = [...text.matchAll(/(?:href|action)="(\/console[^"]*)"/g)].map(([, path = '']) => path)
    const menu = headerOf(text)
    const leaving = left.filter(
      (path) => !path.startsWith(`/console/for/${tenant}`) && !menu.includes(`"${path}"`),
    )
    expect(leaving.filter((path) => !path.startsWith('/console/assets/'))).toEqual([])
  }
  const ownPage = await visitor.visit('/console/phones', { cookie: admin })
  expect(ownPage.text).not.toMatch(/\+7924355520[12]/)
  expect(headerOf(ownPage.text)).not.toContain('class="acting"')
  const events = await own.app.db.sql<{ actor: string }[]>`
    select actor from audit_log where type = 'phone.blocked' and tenant_id = ${parseId('tenant', a)}`
  expect(events).toEqual([{ actor: expect.stringMatching(/^key_/) }])
})

test('a tenant that does not exist, and one that was deleted, cannot be acted for', async () => {
  const id = await create('Gone')
  await submit(`/console/for/${id}${PATH.slice('/console'.length)}/${id}`, {
    action: 'delete',
    confirm: 'Gone',
  })
  for (const tenant of [id, 'ten_0', `ten_${'0'.repeat(32)}`]) {
    expect((await visitor.visit(`/console/for/${tenant}/keys`, { cookie: admin })).status).toBe(404)
    expect((await submit(`/console/for/${tenant}/phones`, { phone: '+79243555203' })).status).toBe(404)
  }
})

test('the stream of a live page stays with the tenant, and gives its verification to no other', async () => {
  const id = await create('Watching')
  const headers = { 'ringproof-tenant': id }
  const { body } = await own.request('POST', '/v1/verifications', {
    headers,
    body: { phone: '+79243555204' },
  })
  const path = `verifications/${body.id ?? body.verification}`
  const { text } = await visitor.visit(`/console/for/${id}/${path}`, { cookie: admin })
  expect(text).toContain(`data-live="/console/for/${id}/${path}/news?seen=`)
  for (const page of [path, `${path}/news`]) {
    expect((await visitor.visit(`/console/${page}`, { cookie: admin })).status).toBe(404)
  }
})
