import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { retry } from '../../src/verifications/retry.ts'
import type { StartInput } from '../../src/verifications/schemas.ts'
import {
  beginAndRing,
  dialledCodes,
  letPauseEnd,
  newPhone,
  outcome,
  placeCalls,
  stored,
  uuidOf,
  wrongFor,
} from '../verifications/support.ts'
import { startTestHttp, type TestHttp } from './client.ts'

const OWN = { device: 'mine' }
const OTHER = { device: 'another' }

let test: TestHttp
let key: string
let client: ReturnType<TestHttp['clientContext']>
beforeAll(async () => {
  test = await startTestHttp()
  key = (await test.newKey()).secret
  const [first] = await test.app.db.sql<{ id: string }[]>`select id from tenants where name = 'first'`
  client = test.clientContext(first?.id ?? '')
})
afterAll(() => test.stop())

const confirm = (body: Record<string, unknown>, as = key) =>
  test.request('POST', '/v1/verifications/confirm', { key: as, body })
const ring = (phone: string, input: Partial<StartInput> = {}) =>
  beginAndRing(test, client, { phone, ...input })
const statusOf = async (id: string) => (await stored(test, id)).status

describe('POST /v1/verifications/confirm', () => {
  it('approves the phone’s active verification, with its proof, in any notation of phone and code', async () => {
    const { id, phone, code } = await ring(newPhone())
    const right = await confirm({ phone: phone.replace('+7', '8 '), code: `+7 495 000-${code}` })
    expect(right.status).toBe(200)
    expect(right.body).toMatchObject({ id, status: 'approved', phone })
    expect(JSON.parse(Buffer.from(right.body.proof.split('.')[1], 'base64url').toString()).jti).toBe(id)
    const again = await confirm({ phone, code })
    expect([again.status, again.body.code]).toEqual([404, 'not_found'])
  })

  it('is not an id: another method gets 405, even with a key', async () => {
    const answer = await test.request('GET', '/v1/verifications/confirm', { key })
    expect([answer.status, answer.body.code]).toEqual([405, 'method_not_allowed'])
    expect(answer.headers.get('allow')).toBe('POST, OPTIONS')
  })

  it('answers like a confirm by id: wrong, last, too short, not ready; and 404 if none is active', async () => {
    const phone = newPhone()
    expect((await confirm({ phone, code: '1234' })).status).toBe(404)
    const { status, body } = await test.request('POST', '/v1/verifications', {
      key,
      body: { phone, max_checks: 2 },
    })
    expect(status).toBe(201)
    expect(await confirm({ phone, code: '1234' })).toMatchObject({
      status: 409,
      body: { code: 'code_not_ready' },
    })
    await placeCalls(test, body.id)
    const code = dialledCodes(test, client, phone).at(-1) ?? ''
    const wrong = wrongFor(code)
    expect(await confirm({ phone, code: '1' })).toMatchObject({
      status: 422,
      body: { code: 'invalid_request' },
    })
    expect(await confirm({ phone, code: 'x' })).toMatchObject({
      status: 422,
      body: { code: 'invalid_request' },
    })
    expect(await confirm({ phone, code: wrong })).toMatchObject({
      status: 422,
      body: { code: 'code_incorrect', checks_left: 1 },
    })
    expect(await confirm({ phone, code: wrong })).toMatchObject({
      status: 422,
      body: { code: 'checks_exhausted' },
    })
    expect((await confirm({ phone, code })).status).toBe(404)
    const impossible = await confirm({ phone: '+7', code })
    expect([impossible.status, impossible.body.errors[0].path]).toEqual([422, 'phone'])
  })

  it('finds only the one with the reference, and nothing of another tenant or mode', async () => {
    const phone = newPhone()
    const first = await ring(phone, { ...OWN, reference: 'one' })
    const second = await ring(phone, { ...OTHER, reference: 'two' })
    expect((await confirm({ phone, code: first.code, reference: 'three' })).status).toBe(404)
    expect((await confirm({ phone, code: first.code, reference: 'two', ...OWN })).status).toBe(422)
    const right = await confirm({ phone, code: second.code, reference: 'two', ...OWN })
    expect([right.status, right.body.id]).toEqual([200, second.id])
    const live = (await test.newKey({ livemode: true })).secret
    expect((await confirm({ phone, code: first.code }, live)).status).toBe(404)
    expect(await statusOf(first.id)).toBe('calling')
  })

  it('tries the requester’s own first, then the others; a right code approves the verification it belongs to', async () => {
    const phone = newPhone()
    const own = await ring(phone, OWN)
    const other = await ring(phone, OTHER)
    const mine = await confirm({ phone, code: own.code, ...OWN })
    expect([mine.status, mine.body.id]).toEqual([200, own.id])
    const theirs = await confirm({ phone, code: other.code, ...OWN })
    expect([theirs.status, theirs.body.id]).toEqual([200, other.id])
  })

  it('costs one check of the requester’s own verification, and the chances of all compared codes', async () => {
    const phone = newPhone()
    const own = await ring(phone, OWN)
    const other = await ring(phone, OTHER)
    await letPauseEnd(test, other.id)
    expect(await outcome(retry(client, { id: other.id }))).toBe('ok')
    await placeCalls(test, other.id)
    const codes = dialledCodes(test, client, phone)
    const wrong = Array.from({ length: 9 }, (_, i) => wrongFor(own.code, i + 1)).find((one) =>
      codes.every((code) => !code.endsWith(one)),
    )
    // Two codes have four digits, and that of the retry five.
    for (const typed of [wrong, `0${wrong}`]) {
      const answer = await confirm({ phone, code: typed, ...OWN })
      expect(answer).toMatchObject({ status: 422, body: { code: 'code_incorrect' } })
    }
    expect((await stored(test, own.id)).checksLeft).toBe(1)
    expect((await stored(test, other.id)).checksLeft).toBe(3)
    const events = await test.app.db.sql<{ data: string }[]>`
      select data from audit_log where verification_id = ${uuidOf(own.id)} and type = 'check.wrong' order by seq`
    expect(events.map(({ data }) => JSON.parse(data).guesses)).toEqual([2, 2.1])
  })

  it('compares other requesters’ codes within the strangers’ share: its own can still be typed', async () => {
    const phone = newPhone()
    const first = await ring(phone, OWN)
    expect((await confirm({ phone, code: first.code, ...OWN })).status).toBe(200)
    const own = await ring(phone, { ...OWN, max_checks: 10 })
    for (const device of ['a', 'b']) await ring(phone, { device })
    const strangers = ['c', 'd'].flatMap((device) => [device, device, device])
    const codes = dialledCodes(test, client, phone)
    const wrong = Array.from({ length: 99 }, (_, i) => wrongFor(own.code, i + 1)).filter(
      (one) => !codes.includes(one),
    )
    // A wrong check compares three codes: strangers may make two checks.
    for (const device of strangers) await confirm({ phone, code: wrong[0], device })
    const said = []
    for (const code of [wrong[1], wrong[2], own.code])
      said.push((await confirm({ phone, code, ...OWN })).status)
    expect(said).toEqual([422, 422, 200])
  })

  it('approves once when right codes race each other and a superseding start', async () => {
    const phone = newPhone()
    const { id, code } = await ring(phone)
    const said = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i === 10
          ? test.request('POST', '/v1/verifications', { key, body: { phone } })
          : confirm({ phone, code }),
      ),
    )
    expect(said.filter(({ status }) => status === 200).length).toBe(
      (await statusOf(id)) === 'approved' ? 1 : 0,
    )
    const others = new Set(said.map(({ status }) => status))
    // 409: the new verification has no code yet.
    expect([...others].every((status) => [200, 201, 404, 409].includes(status))).toBe(true)
  })
})

describe('client_ip and device', () => {
  it('are accepted by start and confirm, up to 255 characters, and appear in no answer', async () => {
    const phone = newPhone()
    const who = { client_ip: '2001:db8::1', device: 'd'.repeat(255) }
    const started = await test.request('POST', '/v1/verifications', { key, body: { phone, ...who } })
    expect([started.status, started.text.includes('d'.repeat(20))]).toEqual([201, false])
    await placeCalls(test, started.body.id)
    const code = dialledCodes(test, client, phone).at(-1)
    const path = `/v1/verifications/${started.body.id}/confirm`
    for (const wrong of [
      { device: '' },
      { device: 'd'.repeat(256) },
      { device: 'a\0b' },
      { client_ip: 'here' },
    ]) {
      const refused = await test.request('POST', path, { key, body: { code, ...wrong } })
      expect([refused.status, refused.body.errors[0].path]).toEqual([422, Object.keys(wrong)[0]])
    }
    const right = await test.request('POST', path, { key, body: { code, ...who } })
    expect([right.status, right.text.includes('d'.repeat(20))]).toEqual([200, false])
    const found = await test.app.db.sql`
      select from verifications v where v.id = ${uuidOf(started.body.id)} and v::text like ${`%${'d'.repeat(20)}%`}`
    expect(found).toEqual([])
  })
})
