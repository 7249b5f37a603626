import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

let own: TestHttp
let visitor: Visitor
let admin: string
/** Two accounts with SMS, one without. */
let first: string
let second: string
let callsOnly: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  admin = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
  const connect = async (provider: string, name: string) => {
    const credentials = sandboxCredentials(randomBytes(32), provider)
    const body = { provider, name, credentials, base_url: sandboxBaseUrl(own.sandbox.url, provider) }
    return (await own.request('POST', '/v1/provider-accounts', { body })).body.id as string
  }
  first = await connect('telefon-ip', 'First')
  second = await connect('telefon-ip', 'Second')
  callsOnly = await connect('new-tel', 'Calls only')
})
afterAll(() => own.stop())

const PATH = '/console/routes'

/** Sends a form; `accounts` in order. */
async function send(path: string, accounts: string[], fields: Record<string, string>, cookie = admin) {
  const { csrf } = await visitor.visit('/console', { cookie })
  const body = new URLSearchParams({ csrf, ...fields })
  for (const account of accounts) body.append('accounts', account)
  const headers = { cookie, 'content-length': String(body.toString().length) }
  const answer = await own.http.request(
    path,
    { method: 'POST', headers, body },
    { incoming: { socket: { remoteAddress: '127.0.0.1' } } },
  )
  const text = await answer.text()
  const order = [...text.matchAll(/name="accounts" value="(prv_\w+)"/g)].map(([, id]) => id)
  return { status: answer.status, text, order, to: answer.headers.get('location') ?? '' }
}

const sms = { channel: 'sms', prefix: '+7999' }

test('without scripts, buttons add accounts, order them and take them out; only saving saves', async () => {
  const before = (await own.request('GET', '/v1/routes')).body.data.length
  const press = async (accounts: string[], move: string) =>
    (await send(`${PATH}/new`, accounts, { ...sms, move })).order
  expect(await press([], `add ${first}`)).toEqual([first])
  expect(await press([first], `add ${second}`)).toEqual([first, second])
  expect(await press([first, second], `up ${second}`)).toEqual([second, first])
  expect(await press([second, first], `down ${second}`)).toEqual([first, second])
  expect(await press([first, second], `up ${first}`)).toEqual([first, second])
  expect(await press([first, second], `out ${first}`)).toEqual([second])
  expect((await own.request('GET', '/v1/routes')).body.data.length).toBe(before)
  const moved = await send(`${PATH}/new`, [first, second], { ...sms, move: `up ${second}` })
  expect(moved.text).toMatch(new RegExp(`value="up ${second}"[^>]* autofocus`))
})

test('a route is saved in its order, listed by channel, changed and, once its prefix is typed, deleted', async () => {
  const made = await send(`${PATH}/new`, [second, first], { ...sms, action: 'save' })
  expect(made.status, made.text).toBe(303)
  const id = /rte_\w+/.exec(made.to)?.[0] ?? ''
  const route = async () => (await own.request('GET', `/v1/routes/${id}`)).body
  expect(await route()).toMatchObject({ prefix: '+7999', channel: 'sms', accounts: [second, first] })
  const { text: list } = await visitor.visit(PATH, { cookie: admin })
  expect(list).toMatch(/id="of-sms"[\s\S]*\+7999[\s\S]*Second[\s\S]*First/)
  await send(`${PATH}/${id}`, [first], { ...sms, prefix: '+7998', action: 'save' })
  expect(await route()).toMatchObject({ prefix: '+7998', accounts: [first] })
  const unsure = await send(`${PATH}/${id}`, [], { action: 'delete', typed_name: '+7999' })
  expect([unsure.status, (await route()).prefix]).toEqual([422, '+7998'])
  expect(unsure.text).toContain('must repeat the prefix shown above')
  expect((await send(`${PATH}/${id}`, [], { action: 'delete', typed_name: '+7998' })).to).toContain('removed')
  expect((await own.request('GET', `/v1/routes/${id}`)).status).toBe(404)
})

test('an account without the channel is named with its reason, and cannot be saved', async () => {
  for (const [language, why] of [
    ['en', 'its operator has no SMS'],
    ['ru', 'у оператора нет канала «SMS»'],
  ] as const) {
    const cookie = `${admin}; ringproof_language=${language}`
    const { text } = await send(`${PATH}/new`, [], { ...sms, move: 'channel' }, cookie)
    expect(text).toContain(why)
    expect(text).not.toContain(`value="add ${callsOnly}"`)
    const refused = await send(`${PATH}/new`, [first, callsOnly], { ...sms, action: 'save' }, cookie)
    expect(refused.status).toBe(422)
    expect(refused.order).toEqual([first, callsOnly])
  }
})

test('a wrong prefix stands beside its field, and a taken one is refused', async () => {
  const wrong = await send(`${PATH}/new`, [first], { ...sms, prefix: 'seven', action: 'save' })
  expect(wrong.text).toMatch(/id="prefix"[^>]*value="seven"[^>]*aria-invalid="true"/)
  const taken = { ...sms, prefix: '+7997', action: 'save' }
  expect((await send(`${PATH}/new`, [first], taken)).status).toBe(303)
  expect((await send(`${PATH}/new`, [first], taken)).status).toBe(409)
})

test('a form sent twice creates one route, and a test key none', async () => {
  const once = 'a3c1f0de-0000-4000-8000-1234567890ab'
  const fields = { ...sms, prefix: '+7996', action: 'save', once }
  const answers = await Promise.all([
    send(`${PATH}/new`, [first], fields),
    send(`${PATH}/new`, [first], fields),
  ])
  expect(answers.map(({ status }) => status)).toEqual([303, 303])
  expect(answers[0]?.to).toBe(answers[1]?.to)
  const tester = await visitor.newSession({ scopes: ['read', 'admin'] })
  expect((await send(`${PATH}/new`, [first], { ...fields, prefix: '+7995' }, tester)).status).toBe(403)
})
