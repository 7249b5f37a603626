import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitFor } from '../setup/wait.ts'
import { refused } from './refused.ts'
import { beginSpecial, expectSpecialEnds, type SpecialCalls } from './special-phones.ts'
import { type Backend, phoneBook, type Service, startService } from './support.ts'

/** The tests with one queue storage. Each storage has its own file, so that both run in parallel. */
export function journey(backend: Backend): void {
  let service: Service
  const newPhone = phoneBook('+7924')
  let special: SpecialCalls

  beforeAll(async () => {
    service = await startService(backend)
    // Otherwise the fourth call to a phone within ten minutes is refused.
    await service.admin('PATCH', '/v1/policies', { starts_per_phone_10m: null, phone_pause_seconds: null })
    // One of them takes twenty seconds to end: the last test checks them.
    special = await beginSpecial(service)
  })
  afterAll(() => service?.stop())

  /** A verification whose call rang, with the calling number. */
  async function beginAndRing(more: Record<string, unknown> = {}) {
    const phone = newPhone()
    const { id } = await service.begin(phone, more)
    const [from = ''] = await service.rung(phone)
    await service.until(id, 'delivered')
    return { id: id as string, phone, from, code: from.slice(-4), wrong: other(from.slice(-4)) }
  }

  const post = (id: string, verb: string) => service.request('POST', `/v1/verifications/${id}/${verb}`)

  /** Runs `act` while the only worker is frozen: no call is placed. */
  async function withoutWorker<T>(act: () => Promise<T>): Promise<T> {
    await service.stack.kill('worker-1', 'SIGSTOP')
    try {
      return await act()
    } finally {
      await service.stack.kill('worker-1', 'SIGCONT')
    }
  }

  it('a newcomer starts, sees who called, confirms, and gets a proof that anyone can check; the audit is intact', async () => {
    const phone = '+79243555100'
    const started = await service.request('POST', '/v1/verifications', { body: { phone } })
    expect(started.status).toBe(201)
    expect(started.headers.get('location')).toBe(`/v1/verifications/${started.body.id}`)
    expect(started.body).toMatchObject({ status: 'pending', phone, checks_left: 3, livemode: false })

    const [from = ''] = await service.rung(phone)
    await service.until(started.body.id, 'delivered')
    const confirmed = await service.confirm(started.body.id, from.slice(-4))
    expect(confirmed.status, confirmed.text).toBe(200)
    expect(confirmed.body).toMatchObject({ id: started.body.id, status: 'approved', phone })

    const keys = await service.request('GET', '/.well-known/jwks.json', { key: null })
    const proof = await jwtVerify(confirmed.body.proof, createLocalJWKSet(keys.body), {
      algorithms: ['EdDSA'],
    })
    expect(proof.payload).toMatchObject({
      sub: phone,
      jti: started.body.id,
      aud: expect.stringMatching(/^ten_/),
      iss: expect.any(String),
    })
    const { exp = 0, iat = 0 } = proof.payload
    expect(exp - iat).toBeGreaterThan(0)
    expect(exp - iat).toBeLessThanOrEqual(600)

    const again = await service.request('POST', `/v1/verifications/${started.body.id}/proof`)
    const { proof: token, ...verification } = confirmed.body
    expect([again.status, again.body]).toEqual([200, { proof: token, verification }])

    const audit = await service.request('GET', `/v1/verifications/${started.body.id}/audit`)
    expect(audit.body.chain).toBe('intact')
    const types = audit.body.data.map((event: { type: string }) => event.type)
    expect(types[0]).toBe('verification.created')
    expect(types).toEqual(
      expect.arrayContaining([
        'attempt.queued',
        'attempt.placing',
        'attempt.placed',
        'check.right',
        'verification.approved',
      ]),
    )
  })

  it('the full calling number is as good as its last digits', async () => {
    const { id, from } = await beginAndRing()
    const pasted = `+7 (495) ${from.slice(5, 8)}-${from.slice(8, 10)}-${from.slice(10)}`
    expect((await service.confirm(id, pasted)).body.status).toBe('approved')
  })

  it('a wrong code costs a check and says how many are left; the right one is still right', async () => {
    const { id, code, wrong } = await beginAndRing()
    refused(await service.confirm(id, wrong), 422, 'code_incorrect', { checks_left: 2 })
    expect(await service.get(id)).toMatchObject({ status: 'delivered', checks_left: 2 })
    expect((await service.confirm(id, code)).status).toBe(200)
  })

  it('the last wrong code locks the verification, even for the right one', async () => {
    const { id, code, wrong } = await beginAndRing({ max_checks: 1 })
    refused(await service.confirm(id, wrong), 422, 'checks_exhausted')
    expect(await service.get(id)).toMatchObject({ status: 'locked', checks_left: 0 })
    refused(await service.confirm(id, code), 409, 'verification_not_active', {
      verification_status: 'locked',
    })
  })

  it('a phone without guesses left for the day refuses the right code too, and uses no check', async () => {
    const { id, code, wrong } = await beginAndRing({ max_checks: 10 })
    for (let i = 0; i < 9; i++) refused(await service.confirm(id, wrong), 422, 'code_incorrect')
    const right = await service.confirm(id, code)
    refused(right, 429, 'guesses_exhausted')
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await service.get(id)).toMatchObject({ status: 'delivered', checks_left: 1 })
  })

  it('too few digits, or none, are an invalid request and use no check', async () => {
    const { id } = await beginAndRing()
    for (const code of ['123', 'abcd', '']) {
      const answer = await service.confirm(id, code)
      refused(answer, 422, 'invalid_request')
      expect(answer.body.errors[0].path).toBe('code')
    }
    expect(await service.get(id)).toMatchObject({ checks_left: 3 })
  })

  it('an approved verification is not approved again', async () => {
    const { id, code } = await beginAndRing()
    await service.confirm(id, code)
    refused(await service.confirm(id, code), 409, 'verification_not_active', {
      verification_status: 'approved',
    })
  })

  it('after the lifetime the right code is too late', async () => {
    const { id, code } = await beginAndRing({ ttl_seconds: 60 })
    const uuid = id.replace(/^ver_/, '')
    await service.sql`
      with moved as (update verifications set expires_at = now() where id = ${uuid}::uuid returning id, expires_at)
      update live_verifications l set expires_at = moved.expires_at from moved where moved.id = l.verification_id`
    refused(await service.confirm(id, code), 410, 'verification_expired')
    expect((await service.get(id)).status).toBe('expired')
  })

  it('before the call neither a code nor a retry is accepted', async () => {
    const phone = newPhone()
    const { id } = await withoutWorker(async () => {
      const started = await service.begin(phone)
      const early = await service.confirm(started.id, '1234')
      refused(early, 409, 'code_not_ready')
      expect(early.headers.get('retry-after')).toBe('1')
      refused(await post(started.id, 'retry'), 409, 'attempt_in_progress')
      return started
    })
    expect(await service.until(id, 'delivered')).toMatchObject({ checks_left: 3, attempts: 1 })
    const [from = ''] = await service.rung(phone)
    expect((await service.confirm(id, from)).status).toBe(200)
  })

  it('a cancelled verification accepts no code, no retry and no second cancel', async () => {
    const { id, code } = await beginAndRing()
    const cancelled = await post(id, 'cancel')
    expect(cancelled.status).toBe(200)
    expect(cancelled.body).toMatchObject({ id, status: 'cancelled', failure: null })
    for (const again of [await service.confirm(id, code), await post(id, 'retry'), await post(id, 'cancel')])
      refused(again, 409, 'verification_not_active', { verification_status: 'cancelled' })
  })

  it('an early retry says how long to wait; later ones call again, up to three times, and every code is right', async () => {
    const { id, phone } = await beginAndRing()
    const early = await post(id, 'retry')
    refused(early, 429, 'retry_too_soon')
    const pause = Number(early.headers.get('retry-after'))
    expect(pause).toBeGreaterThan(0)
    expect(pause).toBeLessThanOrEqual(30)

    for (const calls of [2, 3, 4]) {
      await passRetryPause(id)
      const retried = await post(id, 'retry')
      expect(retried.status, retried.text).toBe(202)
      expect(retried.body).toMatchObject({ id, status: 'delivered' })
      await service.rung(phone, calls)
      await waitFor(async () => (await service.get(id)).attempts_detail.at(-1).ended_at)
    }
    await passRetryPause(id)
    const fifth = await post(id, 'retry')
    refused(fifth, 429, 'rate_limited')
    expect(fifth.headers.get('retry-after')).not.toBeNull()

    const dialled = await service.ledger(phone)
    expect(dialled.map((call) => call.operator)).toEqual(['telefon-ip', 'new-tel', 'telefon-ip', 'new-tel'])
    const numbers = await service.rung(phone, 4)
    const confirmed = await service.confirm(id, numbers[2] ?? '')
    expect(confirmed.body).toMatchObject({ status: 'approved', attempts: 4 })
  })

  /** Moves the last placing 31 seconds into the past. */
  async function passRetryPause(id: string): Promise<void> {
    await service.sql`
      update attempts set placing_at = placing_at - interval '31 s'
      where verification_id = ${id.replace(/^ver_/, '')}::uuid`
  }

  it('a newer start for a phone ends the older one', async () => {
    const { id, phone, code } = await beginAndRing()
    const newer = await service.begin(phone)
    expect(await service.get(id)).toMatchObject({ status: 'cancelled', failure: { code: 'superseded' } })
    refused(await service.confirm(id, code), 409, 'verification_not_active')
    await service.until(newer.id, 'delivered')
  })

  it('a list is complete over its pages, newest first, and filters by phone, reference and status', async () => {
    const reference = 'paging'
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.unshift((await service.begin(newPhone(), { reference })).id)
    const seen: string[] = []
    let cursor = ''
    do {
      const page = await service.request(
        'GET',
        `/v1/verifications?reference=${reference}&limit=2&cursor=${cursor}`.replace(/&cursor=$/, ''),
      )
      expect(page.status, page.text).toBe(200)
      expect(page.body.data.length).toBeLessThanOrEqual(2)
      seen.push(...page.body.data.map((row: { id: string }) => row.id))
      cursor = page.body.next_cursor
    } while (cursor)
    expect(seen).toEqual(ids)

    const [id = ''] = ids
    await post(id, 'cancel')
    const { phone } = await service.get(id)
    const found = async (query: string) =>
      (await service.request('GET', `/v1/verifications?${query}`)).body.data.map(
        (row: { id: string }) => row.id,
      )
    expect(await found(`phone=${phone}`)).toEqual([id])
    expect(await found(`reference=${reference}&status=cancelled`)).toEqual([id])
    expect(await found(`reference=${reference}&status=locked`)).toEqual([])
  })

  it('a start repeated with its Idempotency-Key gets the first answer, and no second call', async () => {
    const phone = newPhone()
    const headers = { 'idempotency-key': 'signup-1' }
    const begin = (body: unknown) => service.request('POST', '/v1/verifications', { body, headers })
    const first = await begin({ phone })
    expect(first.status).toBe(201)
    await service.until(first.body.id, 'delivered')
    const again = await begin({ phone })
    expect([again.status, again.text]).toEqual([201, first.text])
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    refused(await begin({ phone: newPhone() }), 422, 'idempotency_mismatch')
    expect(await service.ledger(phone)).toHaveLength(1)
  })

  it('another tenant’s verification answers like an unknown one', async () => {
    const { id } = await beginAndRing()
    const tenant = (await service.admin('POST', '/v1/tenants', { name: 'other', currency: 'RUB' })).body
    const { secret } = (
      await service.admin('POST', '/v1/api-keys', {
        tenant: tenant.id,
        name: 'other',
        scopes: ['verify', 'read'],
        livemode: false,
      })
    ).body
    const unknown = `ver_${id.slice(4).replaceAll(/[0-9a-f]/g, (digit) => (digit === '0' ? '1' : '0'))}`
    for (const [method, verb] of [
      ['GET', ''],
      ['GET', '/audit'],
      ['POST', '/confirm'],
      ['POST', '/retry'],
      ['POST', '/cancel'],
    ] as const) {
      const body = verb === '/confirm' ? { code: '1234' } : undefined
      const answers = await Promise.all(
        [id, unknown].map((each) =>
          service.request(method, `/v1/verifications/${each}${verb}`, { key: secret, body }),
        ),
      )
      const [foreign, never] = answers.map(({ status, body: { request_id: _, ...rest } }) => [status, rest])
      expect(foreign).toEqual(never)
      expect(foreign?.[0]).toBe(404)
    }
    expect((await service.get(id)).status).toBe('delivered')
  })

  it('every special phone of the sandbox ends as documented, with the documented calls', async () => {
    await expectSpecialEnds(service, special)
  }, 60_000)
}

/** Another code of as many digits. */
const other = (code: string) => code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10))
