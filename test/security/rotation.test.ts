import { randomBytes } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp, type ServiceConfig } from '../../src/app.ts'
import { place } from '../../src/calls/place.ts'
import { sandboxCalls } from '../../src/calls/sandbox-calls.ts'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { ConfigError, readConfig } from '../../src/process/config.ts'
import { createSecrets } from '../../src/secrets.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { createWeb } from '../../src/web.ts'
import { ADMIN_KEY, clientOf, startTestHttp, type TestHttp } from '../http/client.ts'
import { begin, beginAndRing, jobOf, newPhone, outcome, stored } from '../verifications/support.ts'
import { becomeKnown, OWNER, stranger, strictTenant } from './strangers.ts'

const OLD = randomBytes(32)
const NEW = randomBytes(32)

describe('SECRET_KEY_OLD', () => {
  const read = (SECRET_KEY_OLD: string) => readConfig({ SECRET_KEY_OLD })

  it('is one key, or several separated by commas', () => {
    const keys = [OLD, NEW].map((key) => key.toString('base64'))
    expect(read(keys[0] ?? '').SECRET_KEY_OLD).toEqual([OLD])
    expect(read(keys.join(', ')).SECRET_KEY_OLD).toEqual([OLD, NEW])
    expect(read('').SECRET_KEY_OLD).toEqual([])
  })

  it('prevents a start if it is not a key', () => {
    for (const wrong of ['x', `${OLD.toString('base64')},`, OLD.toString('hex')]) {
      expect(() => read(wrong)).toThrow(ConfigError)
    }
  })
})

describe('secrets under a new key', () => {
  const before = createSecrets(OLD)
  const after = createSecrets(NEW, [OLD])
  const stranger = createSecrets(randomBytes(32))

  it('open what the old key sealed, recognise it, and seal under the new key', () => {
    const old = before.seal('a token', 'owner')
    const fresh = after.seal('a token', 'owner')
    expect(after.open(old, 'owner')).toBe('a token')
    expect([old, fresh].map(after.isCurrent)).toEqual([false, true])
    expect(() => before.open(fresh, 'owner')).toThrow('sealed with another SECRET_KEY')
    expect(() => stranger.open(old, 'owner')).toThrow('sealed with another SECRET_KEY')
    expect(() => after.open(old, 'another owner')).toThrow()
    for (const at of [4, 20, 33]) {
      const changed = Buffer.from(old)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      expect(() => after.open(changed, 'owner')).toThrow()
    }
  })

  it('match hashes of the old key, and create none under it', () => {
    expect(after.codeHashes('v', '2371')).toContainEqual(before.hashCode('v', '2371'))
    expect(after.hashCode('v', '2371')).not.toEqual(before.hashCode('v', '2371'))
    expect(after.fingerprints('body')).toContainEqual(before.fingerprint('body'))
    expect(before.codeHashes('v', '2371')).toHaveLength(1)
  })
})

describe('an installation whose SECRET_KEY is rotated', () => {
  let test: TestHttp
  let client: ClientContext
  /** The app after a restart with the new key. */
  let rotated: ReturnType<typeof createApp>
  const later = (context: ClientContext): ClientContext => ({ ...context, ...rotated })
  beforeAll(async () => {
    test = await startTestHttp({ SECRET_KEY: OLD.toString('base64') })
    client = await test.newTenant()
    const keys = { SECRET_KEY: NEW, SECRET_KEY_OLD: [OLD] }
    rotated = createApp({ ...(test.app.config as ServiceConfig), ...keys }, 'rotated')
  })
  afterAll(async () => {
    await rotated.close()
    await test.stop()
  })

  it('approves codes of calls that were in flight, and refuses wrong ones', async () => {
    const { id, code, wrong } = await beginAndRing(test, client)
    expect(await outcome(confirm(later(client), { id, code: wrong }))).toBe('code_incorrect')
    expect(await outcome(confirm(later(client), { id, code }))).toBe('ok')
  })

  it('grants no new guesses: those before and after add up, on both sides', async () => {
    const phone = newPhone()
    const client = await test.newTenant('guessed at')
    await updatePolicy(client, { wrong_guesses_per_phone_day: 5 })
    const { id, code, wrong } = await beginAndRing(test, client, { phone, max_checks: 10 })
    const sides = [client, later(client), client, later(client), later(client)]
    for (const side of sides) expect(await outcome(confirm(side, { id, code: wrong }))).toBe('code_incorrect')
    expect(await outcome(confirm(later(client), { id, code }))).toBe('guesses_exhausted')
  })

  it('grants no new starts to a phone or an address', async () => {
    const limited = await test.newTenant('limited')
    await updatePolicy(limited, {
      starts_per_phone_hour: 3,
      phone_pause_seconds: null,
      starts_per_ip_hour: 4,
    })
    const phone = newPhone()
    const client_ip = '203.0.113.7'
    for (const side of [limited, limited, later(limited)]) await begin(side, { phone, client_ip })
    expect(await outcome(begin(later(limited), { phone }))).toBe('rate_limited')
    await begin(later(limited), { client_ip })
    expect(await outcome(begin(later(limited), { client_ip }))).toBe('rate_limited')
  })

  it('still knows known requesters and active verifications', async () => {
    const client = await strictTenant(test)
    const phone = newPhone()
    await becomeKnown(test, client, phone)
    await begin(client, { phone, ...stranger(1) })
    const first = await begin(later(client), { phone, ...OWNER })
    expect(first.status).toBe('pending')
    expect(await outcome(begin(later(client), { phone, ...OWNER }))).toBe('phone_cooldown')
    const live = await test.newTenant('live on both sides')
    const { id } = await begin(live, { phone, ...OWNER })
    await begin(later(live), { phone, ...OWNER })
    expect((await stored(test, id)).failureCode).toBe('superseded')
  })

  it('still lets one verification of a phone await its call, whichever side asks', async () => {
    const client = await test.newTenant('called on both sides')
    await updatePolicy(client, { phone_pause_seconds: null })
    const phone = newPhone()
    const start = (side: ClientContext, device: string) =>
      begin(side, { phone, channel: 'inbound_call', device })
    const first = await start(client, 'stranger')
    await place(test.worker, await jobOf(test, first.id))
    const second = await start(later(client), 'owner')
    await place({ ...test.worker, ...rotated }, await jobOf(test, second.id))
    expect((await stored(test, first.id)).calls).toMatchObject([{ status: 'placed' }])
    expect((await stored(test, second.id)).calls).toMatchObject([
      { status: 'failed', statusDetail: 'the operator can await no call of this phone now' },
    ])
  })

  it('still shows the calls to the sandbox’s handsets', async () => {
    const { phone, code } = await beginAndRing(test, client)
    const seen = async () => (await sandboxCalls(later(client), { phone })).data[0]?.from.slice(-code.length)
    await expect.poll(seen).toBe(code)
  })

  it('still repeats kept answers', async () => {
    const request = clientOf(createWeb(rotated))
    const options = { body: { phone: newPhone() }, headers: { 'idempotency-key': 'kept' }, key: ADMIN_KEY }
    const first = await test.request('POST', '/v1/verifications', options)
    const again = await request('POST', '/v1/verifications', options)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    expect(again.text).toBe(first.text)
  })

  it('publishes both proof keys, and proofs of both are valid', async () => {
    const request = clientOf(createWeb(rotated))
    const keysOf = async (ask: typeof request) => (await ask('GET', '/.well-known/jwks.json')).body
    const [before, after] = [await keysOf(test.request), await keysOf(request)]
    expect([before.keys.length, after.keys.length]).toEqual([1, 2])
    const kids: (string | undefined)[] = []
    for (const side of [client, later(client)]) {
      const { id, code } = await beginAndRing(test, client)
      const { proof } = await confirm(side, { id, code })
      const { protectedHeader } = await jwtVerify(proof, createLocalJWKSet(after), { algorithms: ['EdDSA'] })
      kids.push(protectedHeader.kid)
    }
    expect(kids).toEqual([before.keys[0].kid, after.keys[0].kid])
    expect(kids[0]).not.toBe(kids[1])
    expect(JSON.stringify(after)).not.toContain('"d"')
  })
})
