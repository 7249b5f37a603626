import { createLocalJWKSet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { proofKeys } from '../../src/signing/proof.ts'
import { newId, publicId } from '../../src/values/ids.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin, beginAndRing, endLifetime, eventsOf, refusal, stored } from './support.ts'

const { test, client } = await openTenant()

describe('a submitted code', () => {
  const refused = (id: string, code: string, as = client) => refusal(confirm(as, { id, code }))

  it('that is right approves, and returns a proof that anyone can check', async () => {
    const { id, phone, code } = await beginAndRing(test, client)
    const approved = await confirm(client, { id, code })
    expect(approved).toMatchObject({ id, status: 'approved', checks_left: 3, failure: null })
    expect(approved.completed_at).not.toBeNull()
    const keys = await proofKeys(test.app.secrets)
    const { payload, protectedHeader } = await jwtVerify(approved.proof, createLocalJWKSet({ keys }), {
      subject: phone,
      audience: publicId('tenant', client.actor.tenantId),
      algorithms: ['EdDSA'],
    })
    expect(protectedHeader.kid).toBe(keys[0]?.kid)
    expect(payload).toMatchObject({ jti: id, amr: ['flash_call'] })
    const { iat = 0, exp = 0 } = payload
    expect(exp - iat).toBeGreaterThan(0)
    expect(exp - iat).toBeLessThanOrEqual(600)
  })

  it('that is wrong costs one check and says how many are left', async () => {
    const { id, code, wrong } = await beginAndRing(test, client)
    expect(await refused(id, wrong)).toMatchObject({
      code: 'code_incorrect',
      status: 422,
      options: { extra: { checks_left: 2 } },
    })
    expect((await stored(test, id)).checksLeft).toBe(2)
    await expect(confirm(client, { id, code })).resolves.toMatchObject({ status: 'approved', checks_left: 2 })
  })

  it('that is the last wrong one locks the verification, even for the right code', async () => {
    const { id, code, wrong } = await beginAndRing(test, client, { max_checks: 2 })
    await refused(id, wrong)
    expect(await refused(id, wrong)).toMatchObject({ code: 'checks_exhausted', status: 422 })
    expect(await stored(test, id)).toMatchObject({ status: 'locked', checksLeft: 0 })
    expect(await refused(id, code)).toMatchObject({
      code: 'verification_not_active',
      status: 409,
      options: { extra: { verification_status: 'locked' } },
    })
  })

  it.each([
    ['', 'no digit'],
    ['call me', 'letters'],
    ['1', 'one digit'],
    ['371', 'one digit too few'],
    ['12a4', 'a letter among them'],
    ['¹²³⁴', 'superscripts'],
  ])('"%s" (%s) is invalid and costs no check', async (code) => {
    const { id } = await beginAndRing(test, client)
    expect(await refused(id, code)).toMatchObject({
      code: 'invalid_request',
      status: 422,
      options: { errors: [{ path: 'code' }] },
    })
    expect((await stored(test, id)).checksLeft).toBe(3)
    expect(await eventsOf(test, id)).not.toContain('check.wrong')
  })

  it('before any code exists is too early, and costs no check', async () => {
    const { id } = await begin(client)
    expect(await refused(id, '2371')).toMatchObject({
      code: 'code_not_ready',
      status: 409,
      options: { retryAfterSeconds: 1 },
    })
    expect((await stored(test, id)).checksLeft).toBe(3)
  })

  it('is accepted as soon as the code is known, before the delivery is reported', async () => {
    const { id, code } = await beginAndRing(test, client)
    expect((await stored(test, id)).status).toBe('calling')
    await expect(confirm(client, { id, code })).resolves.toMatchObject({ status: 'approved' })
  })

  it.each(['approved', 'cancelled'] as const)(
    'for a %s verification is refused as not active',
    async (status) => {
      const { id, code } = await beginAndRing(test, client)
      if (status === 'approved') await confirm(client, { id, code })
      else await cancel(client, { id })
      expect(await refused(id, code)).toMatchObject({
        code: 'verification_not_active',
        status: 409,
        options: { extra: { verification_status: status } },
      })
    },
  )

  it('after the lifetime expires the verification, even if right', async () => {
    const { id, code } = await beginAndRing(test, client)
    await endLifetime(test, id)
    for (const typed of [code, code]) {
      expect(await refused(id, typed)).toMatchObject({ code: 'verification_expired', status: 410 })
    }
    expect(await stored(test, id)).toMatchObject({ status: 'expired', checksLeft: 3 })
    expect(await eventsOf(test, id)).toContain('verification.expired')
    expect((await readAudit(client, { id })).chain).toBe('intact')
  })

  it('for another tenant’s verification is refused exactly as for an unknown one', async () => {
    const { id, code } = await beginAndRing(test, client)
    const stranger = await test.newTenant('stranger')
    const live = test.clientContext(client.actor.tenantId, { livemode: true })
    const answers = await Promise.all([
      refused(id, code, stranger),
      refused(id, code, live),
      refused(publicId('verification', newId()), code),
      refused('ver_nonsense', code),
      refused(id.toUpperCase(), code),
      refused(publicId('attempt', newId()), code),
    ])
    for (const answer of answers) {
      expect(answer).toMatchObject({ code: 'not_found', status: 404, options: answers[0]?.options })
    }
    expect(await stored(test, id)).toMatchObject({ status: 'calling', checksLeft: 3 })
  })

  it('is stored only as a keyed hash', async () => {
    const { id, code, wrong } = await beginAndRing(test, client)
    await refused(id, wrong)
    await confirm(client, { id, code })
    const { calls } = await stored(test, id)
    expect(calls[0]?.codeHash?.equals(test.app.secrets.hashCode(calls[0].verificationId, code))).toBe(true)
    const { data } = await readAudit(client, { id })
    for (const { data: said } of data) {
      expect(said).not.toHaveProperty('code')
      expect(Object.values(said)).not.toContain(code)
      expect(Object.values(said)).not.toContain(wrong)
    }
  })
})
