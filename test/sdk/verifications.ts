import { beforeAll, expect, it } from 'vitest'
import * as sdk from '../../sdk/typescript/src/index.ts'
import { ERRORS } from '../../src/errors.ts'
import { newPhone, openSdk, type Sdk } from './service.ts'

let test: Sdk
beforeAll(async () => {
  test = await openSdk()
})

/** What a promise rejects with, if it is of the class. */
async function thrown<T>(promise: Promise<unknown>, type: new (...input: never[]) => T): Promise<T> {
  const error = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(type)
  return error as T
}

it('verifies a phone from the start to the proof, and reads what happened', async () => {
  const { verifications, verifyProof } = test.ringproof
  const { id, phone, code } = await test.begin()
  const approved = await verifications.confirm(id, { code })
  expect(approved).toMatchObject({ id, phone, status: 'approved' })
  const { proof, verification } = await verifications.proof(id)
  expect(verification.status).toBe('approved')
  const { tenant } = await test.newKey(['read'])
  for (const each of [proof, approved.proof]) {
    expect(await verifyProof(each, { audience: tenant, phone })).toMatchObject({ sub: phone, jti: id })
  }
  expect((await verifications.get(id)).attempts_detail).toHaveLength(1)
  const { chain, data } = await verifications.audit(id)
  expect(chain).toBe('intact')
  expect(data.map(({ type }) => type)).toContain('verification.approved')
})

it('confirms by phone, without an id', async () => {
  const { phone, code } = await test.begin()
  const { status } = await test.ringproof.verifications.confirmByPhone({ phone, code })
  expect(status).toBe('approved')
})

it('lists all verifications, page after page', async () => {
  const { verifications } = test.ringproof
  const reference = crypto.randomUUID()
  const started = []
  for (let i = 0; i < 3; i += 1) {
    started.unshift((await verifications.start({ phone: newPhone(), reference })).id)
  }
  const listed = []
  for await (const { id } of verifications.list({ reference, limit: 2 })) listed.push(id)
  expect(listed).toEqual(started)
  const sizes = []
  for await (const page of verifications.list({ reference, limit: 2 }).pages()) sizes.push(page.data.length)
  expect(sizes).toEqual([2, 1])
})

it('gives the response to those who ask for it', async () => {
  const idempotencyKey = crypto.randomUUID()
  const start = () => test.ringproof.verifications.start({ phone }, { idempotencyKey }).withResponse()
  const phone = newPhone()
  const first = await start()
  expect([first.response.status, first.response.headers.get('location')]).toEqual([
    201,
    `/v1/verifications/${first.data.id}`,
  ])
  const again = await start()
  expect(again.response.headers.get('idempotency-replayed')).toBe('true')
  expect(again.data).toEqual(first.data)
})

it('throws an error of its own class for what callers branch on', async () => {
  const { verifications } = test.ringproof
  const { id, code, wrong } = await test.begin()
  const incorrect = await thrown(verifications.confirm(id, { code: wrong }), sdk.CodeIncorrectError)
  expect(incorrect).toMatchObject({ status: 422, code: 'code_incorrect', checksLeft: 2 })
  expect(incorrect.requestId).toBe(incorrect.problem.request_id)
  expect(incorrect.message).not.toContain(wrong)
  const soon = await thrown(verifications.retry(id), sdk.RateLimitedError)
  expect(soon).toBeInstanceOf(sdk.RetryTooSoonError)
  expect(soon.retryAfterSeconds).toBeGreaterThan(10)
  await thrown(verifications.next(id), sdk.NoNextChannelError)
  await thrown(verifications.proof(id), sdk.VerificationNotApprovedError)
  expect((await verifications.cancel(id)).status).toBe('cancelled')
  const ended = await thrown(verifications.confirm(id, { code }), sdk.VerificationNotActiveError)
  expect(ended.verificationStatus).toBe('cancelled')
  await thrown(verifications.get('ver_../../v1/api-keys'), sdk.NotFoundError)
  const invalid = await thrown(verifications.start({ phone: '+7' }), sdk.InvalidRequestError)
  expect(invalid.errors[0]?.path).toBe('phone')
  const stranger = new sdk.Ringproof({ baseUrl: test.stack.url, apiKey: `rp_test_${'x'.repeat(40)}` })
  await thrown(stranger.verifications.get(id), sdk.UnauthorizedError)
})

it('has a class for every error code but those of a wrong program', () => {
  const classes = new Set(Object.keys(sdk).map((name) => name.replace(/Error$/, '')))
  const nameOf = (code: string) => code.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
  expect(Object.keys(ERRORS).filter((code) => !classes.has(nameOf(code)))).toEqual([
    'malformed_json',
    'insufficient_scope',
    'origin_not_allowed',
    'method_not_allowed',
    'conflict',
    'idempotency_in_progress',
    'body_too_large',
    'unsupported_media_type',
    'idempotency_mismatch',
    'internal',
  ])
})

it('calls the phone once though the answer to a start is lost', async () => {
  const { stack, codeOn } = test
  let isLost = false
  const losing: typeof fetch = async (...request) => {
    const response = await fetch(...request)
    if (isLost) return response
    isLost = true
    throw new TypeError('the connection broke')
  }
  const ringproof = new sdk.Ringproof({ baseUrl: stack.url, apiKey: stack.testKey, fetch: losing })
  const phone = newPhone()
  const { id } = await ringproof.verifications.start({ phone })
  await codeOn(phone)
  const { body } = await stack.request('GET', `/v1/verifications?phone=${encodeURIComponent(phone)}`)
  const started = body.data.map((each: { id: string; attempts: number }) => [each.id, each.attempts])
  expect([isLost, started]).toEqual([true, [[id, 1]]])
})
