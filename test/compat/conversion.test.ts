import { afterAll, beforeAll, expect, it } from 'vitest'
import { findCall } from '../../src/compat/calls.ts'
import type { Draft } from '../../src/draft/draft.ts'
import { erasePhone } from '../../src/erasure/erase.ts'
import { compareDays } from '../../src/overview/days.ts'
import { deliver, expire, toCalling } from '../../src/verifications/state.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { draftOf } from '../verifications/drafts.ts'
import { beginAndRing, placeCalls, stored, uuidOf } from '../verifications/support.ts'
import { doorInput, doorsOf, enterDoor } from './support.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.stop())

/** What the end of a delivered live verification says about its range and its account. */
function observedAtEnd(compatCredentialId: string | null): string[] {
  const draft = draftOf({ livemode: true, compatCredentialId }) as Draft
  const call = { id: 'a', accountId: 'b', channel: 'flash_call', status: 'no_answer', endedAt: draft.now }
  draft.attempts.push({ ...call, codeHash: Buffer.alloc(32), codeLength: 4 } as never)
  toCalling(draft)
  deliver(draft)
  expire(draft)
  return draft.observations.map(({ kind }) => kind)
}

it('a verification that its client checks says nothing about its range or account when it expires', () => {
  expect(observedAtEnd(null)).toEqual(['ended', 'approval'])
  expect(observedAtEnd('01890000-0000-7000-8000-000000000000')).toEqual([])
})

it('the overview compares approvals with the starts that we check', async () => {
  const client = await test.newTenant()
  const { context } = await enterDoor(client)
  await beginAndRing(test, client)
  await doorsOf(test.app).start(context, doorInput())
  const { today } = await compareDays(client)
  expect(today).toMatchObject({ started: 2, client_checked: 1 })
})

it('an erased phone leaves the number of the call, and nothing of the phone or code', async () => {
  const client = await test.newTenant()
  const { context } = await enterDoor(client)
  const { number, verification } = await doorsOf(test.app).start(
    context,
    doorInput({ metadata: { hook: 'https://x.example' } }),
  )
  const { id, phone } = verification
  await placeCalls(test, id)
  await test.app.db.sql`
    update attempts set status = 'no_answer', ended_at = now() where verification_id = ${uuidOf(id)}`
  expect((await erasePhone(client, { phone })).status).toBe('done')
  expect(await stored(test, id)).toMatchObject({ sealedCode: null, metadata: null, status: 'cancelled' })
  const call = await findCall(context, number)
  expect(call).toMatchObject({ verification: id, metadata: null, phone: expect.stringMatching(/^erased:/) })
})
