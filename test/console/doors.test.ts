import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

let own: TestHttp
let visitor: Visitor
let cookie = ''
beforeAll(async () => {
  own = await startTestHttp({ PUBLIC_URL: 'https://verify.example.org' })
  visitor = createVisitor(own)
  cookie = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
})
afterAll(() => own.stop())

const PATH = '/console/doors'

async function create(form: Record<string, string>) {
  const { csrf } = await visitor.visit(PATH, { cookie })
  return visitor.visit(PATH, { cookie, form: { csrf, ...form } })
}

test('a credential is made, shown once with the lines to change, and revoked where the checkbox confirms it', async () => {
  const made = await create({ name: 'old shop', facade: 'telefon-ip', mode: 'test' })
  const [, token = ''] = /<pre[^>]*>([0-9a-f-]{36})</.exec(made.text) ?? []
  const knock = () =>
    own.http.doors.authenticate({ facade: 'telefon-ip', credential: token, address: () => null })
  expect(await knock()).toMatchObject({ actor: { livemode: false } })
  expect(made.text).toContain(`https://verify.example.org/api/v1/authcalls/${token}/get_balance/`)
  const list = await visitor.visit(PATH, { cookie })
  const [, path = ''] = /href="(\/console\/doors\/cmp_[0-9a-f]{32})"/.exec(list.text) ?? []
  const page = await visitor.visit(path, { cookie })
  for (const { text } of [list, page]) expect(text).not.toContain(token)
  const unticked = await visitor.visit(path, { cookie, form: { csrf: page.csrf } })
  expect([unticked.status, await knock()]).toEqual([422, expect.anything()])
  const ticked = await visitor.visit(path, { cookie, form: { csrf: page.csrf, sure: '1' } })
  expect(ticked.headers.get('location')).toBe(`${PATH}?revoked=1`)
  expect(await knock()).toBeNull()
})

test('both keys of New-Tel are shown once', async () => {
  const { text } = await create({ name: 'crm', facade: 'new-tel', mode: 'live' })
  const [, access = ''] = /access key<.*?>([0-9a-f]{48})</s.exec(text) ?? []
  const [, sign = ''] = /sign key<.*?>([0-9a-f]{48})</s.exec(text) ?? []
  const door = await own.http.doors.authenticate({
    facade: 'new-tel',
    credential: access,
    address: () => null,
  })
  expect(door).toMatchObject({ signKey: sign, actor: { livemode: true } })
})

test('the page is for admins', async () => {
  const reader = await visitor.newSession({ scopes: ['read'] })
  expect((await visitor.visit(PATH, { cookie: reader })).status).toBe(403)
  expect((await visitor.visit('/console', { cookie: reader })).text).not.toContain(PATH)
})
