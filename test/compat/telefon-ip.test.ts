import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { revokeCompat } from '../../src/access/compat-credentials.ts'
import { findCall } from '../../src/compat/calls.ts'
import { getDetails } from '../../src/compat/new-tel/records.ts'
import { toVpbxId } from '../../src/compat/new-tel/rows.ts'
import type { ClientContext } from '../../src/context.ts'
import { erasePhone } from '../../src/erasure/erase.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { createWeb } from '../../src/web.ts'
import { fund, liveRoute, liveTenant, runToTheEnd, setPrice } from '../billing/support.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { dialled, newPhone, secondApp, stored } from '../verifications/support.ts'
import { doorInput, doorsOf, enterDoor, enterTelefonIp, national, startPlacing } from './support.ts'

let test: TestApp
let client: ClientContext
let placing: ReturnType<typeof startPlacing>
beforeAll(async () => {
  test = await startTestApp({}, { shortCalls: true })
  client = await test.newTenant()
  await liveRoute(test, await liveTenant(test, 'admin'))
  placing = startPlacing(test)
})
afterAll(async () => {
  await placing.stop()
  await test.stop()
})

const refused = (error: unknown) => ({ success: false, error, data: {} })
const LIMIT = refused('limit of requests to this phone exceeded')

describe('a start at telefon-ip', () => {
  it('answers a repeat alike in another process, and calls once', async () => {
    const door = await enterTelefonIp(client)
    const { app } = secondApp(test)
    const other = createWeb(app)
    const phone = newPhone()
    const answers = await Promise.all([
      door.ask(`get_code/${phone}`),
      door.ask(`get_code/${phone.slice(1)}/`, {}, door.credential, other),
      door.ask(`get_code/${national(phone)}/`, { method: 'POST' }),
    ])
    expect(answers[0]?.body.success).toBe(true)
    expect(answers.slice(1)).toEqual([answers[0], answers[0]])
    expect(dialled(test, client, phone)).toHaveLength(1)
    await app.close()
  })

  it('reads the pause of a phone as the operator’s limit', async () => {
    const strict = await test.newTenant()
    await updatePolicy(strict, { phone_pause_seconds: 600 })
    const door = await enterTelefonIp(strict)
    const phone = newPhone()
    expect((await door.ask(`get_code/${phone}`)).body.success).toBe(true)
    expect(await door.ask(`get_code/${phone}?sms=true`)).toEqual({ status: 400, body: LIMIT })
    expect(dialled(test, strict, phone)).toHaveLength(1)
  })

  it('ends for a client that waits while its credential is revoked', async () => {
    const door = await enterDoor(client)
    const doors = doorsOf(test.app)
    await placing.stop()
    const { verification } = await doors.start(door.context, doorInput())
    const waiting = doors.awaitCode(door.context, verification.id, { timeoutMs: 30_000 })
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ code: 'unauthorized' }),
      revokeCompat(client, { id: door.made.id } as never),
    ])
    await cancel(client, { id: verification.id })
    placing = startPlacing(test)
  })

  it('is refused before it calls anybody where too many of its tenant wait; others are served', async () => {
    const [crowd, other] = [await enterDoor(await test.newTenant()), await enterDoor(client)]
    const doors = doorsOf(test.app)
    const { verification } = await doors.start(crowd.context, doorInput({ phone: '+79000000004' }))
    const waiting = Array.from({ length: 1000 }, () =>
      doors.awaitCode({ ...crowd.context }, verification.id, { timeoutMs: 30_000 }).catch(() => {}),
    )
    const phone = newPhone()
    await expect(doors.start(crowd.context, doorInput({ phone }))).rejects.toMatchObject({
      code: 'unavailable',
    })
    expect(await test.app.db.sql`select 1 from verifications where phone = ${phone}`).toHaveLength(0)
    await Promise.all(waiting)
    expect((await doors.start(other.context, doorInput())).number).toBeGreaterThan(0)
  })

  it('pays a price per approval once the phone was reached: whether its code was right is never learnt', async () => {
    const paying = await liveTenant(test, 'per approval')
    await setPrice(paying, 350_000n, 'approved')
    await fund(paying, 1_000_000n)
    const door = await enterTelefonIp(paying)
    const { body } = await door.ask(`get_code/${newPhone()}`)
    const call = await findCall(door.context, body.data.id)
    await runToTheEnd(test, call?.verification ?? '')
    expect(await findCall(door.context, body.data.id)).toMatchObject({ priceMicros: 350_000n })
  })

  it('is priced, and refused without money, in live mode', async () => {
    const paying = await liveTenant(test, 'paying')
    await setPrice(paying, 350_000n, 'attempt')
    const door = await enterTelefonIp(paying)
    expect(await door.ask(`get_code/${newPhone()}`)).toEqual({
      status: 400,
      body: refused('insufficient balance'),
    })
    await fund(paying, 500_000n)
    expect((await door.ask('get_balance')).body.data).toEqual({ balance: 0.5, price: 0.35, balance_limit: 0 })
    const phone = newPhone()
    const { body } = await door.ask(`get_code/${phone}`)
    expect(body.success).toBe(true)
    expect((await door.ask(`get_status/${body.data.id}`)).body.data).toMatchObject({ phone: national(phone) })
    expect((await door.ask(`get_code/${newPhone()}`)).body).toEqual(refused('insufficient balance'))
  })
})

describe('what telefon-ip tells', () => {
  it('is of its own tenant and mode', async () => {
    const door = await enterTelefonIp(client)
    const { id } = (await door.ask(`get_code/${newPhone()}`)).body.data
    const live = await enterTelefonIp({ ...client, actor: { ...client.actor, livemode: true } })
    const stranger = await enterTelefonIp(await test.newTenant())
    for (const { ask } of [live, stranger]) {
      for (const path of [`get_status/${id}`, `reverse_auth_phone_check/${id}`])
        expect((await ask(path)).body).toEqual(refused('id record not found'))
      expect((await ask('get_billing_record/100')).body.data).toEqual([])
    }
  })

  it('has no phone once it is erased, at New-Tel neither', async () => {
    const own = await test.newTenant()
    const door = await enterTelefonIp(own)
    const phone = newPhone()
    const { id } = (await door.ask(`get_code/${phone}`)).body.data
    const call = await findCall(door.context, id)
    if (!call) throw new Error('no call')
    await cancel(own, { id: call.verification })
    await test.app.db.sql`update attempts set ended_at = coalesce(ended_at, now()), status = 'answered'
      where verification_id = (select id from verifications where phone = ${phone})`
    await erasePhone(own, { phone })
    expect((await stored(test, call.verification)).phone).toMatch(/^erased:/)
    expect((await door.ask(`get_status/${id}`)).body.data).toMatchObject({ id, phone: '' })
    const details = await getDetails(door.context, toVpbxId(call))
    expect(details.body).toMatchObject({ data: { callDetails: { dnid: '' } } })
  })

  it('is the operator’s refusal to an address that tries tokens', async () => {
    const web = createWeb(test.app)
    const door = await enterTelefonIp(client, web)
    const wrong = () => door.ask('get_balance', {}, crypto.randomUUID())
    for (let i = 0; i < 30; i++) expect((await wrong()).body).toEqual(refused('Unauthorized token'))
    expect((await wrong()).body).toEqual(refused('limit of requests exceeded'))
    expect((await door.ask('get_balance')).status).toBe(200)
  })
})

it('overload is told in the form of the operator', async () => {
  const web = createWeb(test.app, { requestsMost: 0 })
  const asked = ['/api/v1/authcalls/x/get_balance', '/company/get-state'].map(async (path) => {
    const answer = await web.request(path, { method: 'POST' })
    return [answer.status, await answer.json()]
  })
  expect(await Promise.all(asked)).toEqual([
    [503, refused('Service unavailable')],
    [503, { status: 'error', message: 'Service unavailable' }],
  ])
})

it('no log line, at trace level, has a token, a code or a phone', async () => {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const door = await enterTelefonIp({ ...client, log }, createWeb({ ...test.app, log }))
  const phone = newPhone()
  const { code, id } = (await door.ask(`get_code/${phone}/`)).body.data
  await door.ask(`get_status/${id}/`)
  await door.ask(`/get_status/%zz/${phone}`)
  await door.ask(`get_code/${phone}`, {}, `x/${door.credential}`)
  await waitFor(() => lines.length >= 4)
  for (const secret of [door.credential, `"${code}"`, phone.slice(2)])
    expect(lines.join('')).not.toContain(secret)
})
