import { describe, expect, it } from 'vitest'
import { erasePhone } from '../../src/erasure/erase.ts'
import { newId, publicId } from '../../src/values/ids.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { prove } from '../../src/verifications/prove.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin, beginAndRing, eventsOf, refusal, uuidOf } from './support.ts'

const { test, client } = await openTenant()

describe('the proof of a verification', () => {
  async function approved() {
    const { id, phone, code } = await beginAndRing(test, client)
    return { id, phone, answer: await confirm(client, { id, code }) }
  }

  it('can be fetched repeatedly, and equals the one that the confirm returned', async () => {
    const { id, answer } = await approved()
    const { proof, ...verification } = answer
    const events = await eventsOf(test, id)
    for (let i = 0; i < 3; i++) expect(await prove(client, { id })).toEqual({ proof, verification })
    expect(await eventsOf(test, id)).toEqual(events)
  })

  it('expires ten minutes after the approval, by the database clock', async () => {
    const { id } = await approved()
    const age = (seconds: number) => test.app.db.sql`
      update verifications set completed_at = now() - ${seconds} * interval '1 second' where id = ${uuidOf(id)}`
    await age(595)
    expect((await prove(client, { id })).verification.id).toBe(id)
    await age(601)
    expect(await refusal(prove(client, { id }))).toMatchObject({ code: 'proof_expired', status: 410 })
  })

  it('is erased with the phone', async () => {
    const { id, phone } = await approved()
    await test.app.db.sql`
      update attempts set ended_at = now(), status = 'no_answer' where verification_id = ${uuidOf(id)}`
    await erasePhone(client, { phone })
    expect(await refusal(prove(client, { id }))).toMatchObject({ code: 'proof_expired', status: 410 })
  })

  it('does not exist before the approval or after any other end', async () => {
    const { id } = await begin(client)
    const refused = async () => (await refusal(prove(client, { id }))).options.extra
    expect(await refusal(prove(client, { id }))).toMatchObject({
      code: 'verification_not_approved',
      status: 409,
    })
    expect(await refused()).toEqual({ verification_status: 'pending' })
    await cancel(client, { id })
    expect(await refused()).toEqual({ verification_status: 'cancelled' })
  })

  it('of another tenant’s verification is not found, like that of an unknown one', async () => {
    const { id } = await approved()
    const stranger = await test.newTenant('stranger')
    const live = test.clientContext(client.actor.tenantId, { livemode: true })
    const answers = await Promise.all([
      refusal(prove(stranger, { id })),
      refusal(prove(live, { id })),
      refusal(prove(client, { id: publicId('verification', newId()) })),
      refusal(prove(client, { id: 'ver_x' })),
    ])
    expect(new Set(answers.map(({ code, message }) => `${code} ${message}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(404)
  })
})
