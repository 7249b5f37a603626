import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { namespaceOf, sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
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

const PATH = '/console/numbers'

async function newAccount(name: string, numbers: string[]) {
  const credentials = sandboxCredentials(randomBytes(32), 'narayana')
  const body = {
    provider: 'narayana',
    name,
    base_url: sandboxBaseUrl(own.sandbox.url, 'narayana'),
    credentials,
    settings: { numbers },
  }
  const made = await own.request('POST', '/v1/provider-accounts', { body })
  expect(made.status, made.text).toBe(201)
  return { id: made.body.id as string, namespace: namespaceOf(credentials.key ?? '') ?? '' }
}

const show = async (language: string) =>
  (await visitor.visit(PATH, { cookie: admin, headers: { 'accept-language': language } })).text

test('numbers are for administrators, and without a pool the page says how to get one', async () => {
  const reader = await visitor.newSession({ scopes: ['read'], livemode: true })
  expect((await visitor.visit(PATH, { cookie: reader })).status).toBe(403)
  expect(await show('en')).toContain('No account calls from numbers of its own.')
})

test('a pool shows its size, its ranges, and how many numbers the policy wants, in both languages and as a metric', async () => {
  await newAccount('few', ['+74951110000-+74951110049'])
  const english = await show('en')
  for (const words of [
    'A guess is right once in 50.',
    'needs 9,950 more',
    'Ranges: 1',
    '+74951110049',
    'Yes',
  ])
    expect(english).toContain(words)
  expect(await show('ru')).toMatch(/не хватает разных окончаний: 9\s950/)
  const { text } = await own.request('GET', '/metrics')
  expect(text).toMatch(/ringproof_pool_endings{[^}]*name="few"[^}]*} 50/)
})

test('"check now" asks the operator, and says what it found', async () => {
  const { id, namespace } = await newAccount('checked', ['+74951110000-+74951119999'])
  await own.app.db.sql`update account_states set numbers_check = null`
  const { text, csrf } = await visitor.visit(PATH, { cookie: admin })
  expect(text).toContain('Not checked')
  const check = () => visitor.visit(PATH, { cookie: admin, form: { csrf, account: id } })
  const checked = (await check()).text
  expect(checked).toMatch(/role="status">checked works\./)
  const [panel] = checked.slice(checked.indexOf(`id="${id}"`)).split('</section>')
  expect(panel).toMatch(/badge good">Yes/)
  own.sandbox.faults.add(namespace, { operator: 'narayana', mode: 'down', prefix: '+' })
  expect((await check()).text).toMatch(/role="alert"><p>The check of checked failed\./)
})
