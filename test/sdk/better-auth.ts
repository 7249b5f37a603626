import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { phoneNumber } from 'better-auth/plugins'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { byRingproof } from '../../sdk/better-auth/src/index.ts'
import { createEmptyDatabase, type TestDatabase } from '../setup/database.ts'
import { newPhone, openSdk, type Sdk } from './service.ts'

let test: Sdk
let database: TestDatabase
let pool: Pool
let auth: ReturnType<typeof createAuth>

function createAuth() {
  return betterAuth({
    baseURL: 'http://localhost',
    secret: 'a secret of thirty-two characters!',
    database: pool,
    logger: { disabled: true },
    telemetry: { enabled: false },
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    advanced: { ipAddress: { ipAddressHeaders: ['x-client'] } },
    plugins: [
      phoneNumber({
        ...byRingproof(test.ringproof, { start: { max_checks: 2 } }),
        signUpOnVerification: { getTempEmail: (phone) => `${phone.slice(1)}@phone.example.com` },
      }),
    ],
  })
}

beforeAll(async () => {
  test = await openSdk()
  database = await createEmptyDatabase()
  pool = new Pool({ connectionString: database.url })
  auth = createAuth()
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

async function post(path: string, body: object) {
  const headers = {
    'content-type': 'application/json',
    origin: 'http://localhost',
    'x-client': '203.0.113.7',
  }
  const request = new Request(`http://localhost/api/auth${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  const response = await auth.handler(request)
  const answer = (await response.json()) as { code?: string }
  return { status: response.status, headers: response.headers, body: answer }
}

/** For test keys, only limits that the policy names apply. */
async function setPause(seconds: number | null): Promise<void> {
  const { adminKey: key } = test.stack
  const { status } = await test.stack.request('PATCH', '/v1/policies', {
    key,
    body: { phone_pause_seconds: seconds },
  })
  expect(status).toBe(200)
}

const send = (phoneNumber: string) => post('/phone-number/send-otp', { phoneNumber })
const verify = (phoneNumber: string, code: string) => post('/phone-number/verify', { phoneNumber, code })
const wrongOf = (code: string) => String(9999 - Number(code)).padStart(4, '0')

it('signs up by a call: the code of the call makes a user with a verified phone and a session', async () => {
  const phone = newPhone()
  expect((await send(phone)).status).toBe(200)
  const code = await test.codeOn(phone)
  const wrong = await verify(phone, wrongOf(code))
  expect([wrong.status, wrong.body.code]).toEqual([400, 'INVALID_OTP'])
  const right = await verify(phone, code)
  expect(right.status).toBe(200)
  expect(right.headers.get('set-cookie')).toContain('session_token=')
  const { rows } = await pool.query('select "phoneNumber", "phoneNumberVerified" from "user"')
  expect(rows).toEqual([{ phoneNumber: phone, phoneNumberVerified: true }])
  expect((await verify(phone, code)).status).toBe(400)
  const [started] = await test.sql`select client_ip as address from verifications where phone = ${phone}`
  expect(started).toEqual({ address: '203.0.113.7' })
})

it('a password is reset only by the code of a call for that purpose', async () => {
  const phone = newPhone()
  const email = 'reset@example.com'
  await post('/sign-up/email', { email, name: 'Reset', password: 'forgotten password' })
  await pool.query('update "user" set "phoneNumber" = $1, "phoneNumberVerified" = true where email = $2', [
    phone,
    email,
  ])
  await post('/phone-number/request-password-reset', { phoneNumber: phone })
  const code = await test.codeOn(phone)
  expect((await verify(phone, code)).status).toBe(400)
  const newPassword = 'correct horse battery'
  const reset = await post('/phone-number/reset-password', { phoneNumber: phone, otp: code, newPassword })
  expect(reset.status).toBe(200)
  const signedIn = await post('/sign-in/phone-number', { phoneNumber: phone, password: newPassword })
  expect(signedIn.status).toBe(200)
})

it('no code is right without a call, after too many wrong ones, or of too few digits', async () => {
  const phone = newPhone()
  expect((await verify(phone, '0000')).status).toBe(400)
  await send(phone)
  const code = await test.codeOn(phone)
  for (const typed of ['12', wrongOf(code), wrongOf(code), code]) {
    expect([typed === code, (await verify(phone, typed)).status]).toEqual([typed === code, 400])
  }
})

it('what Ringproof refuses is refused with a reason', async () => {
  for (const phone of ['8 924 355-51-00', '+7000']) {
    const refused = await send(phone)
    expect([refused.status, refused.body.code]).toEqual([400, 'INVALID_PHONE_NUMBER'])
  }
  const phone = newPhone()
  await send(phone)
  await setPause(30)
  const again = await send(phone)
  expect([again.status, again.body.code]).toEqual([429, 'PHONE_COOLDOWN'])
  expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(0)
  await setPause(null)
})
