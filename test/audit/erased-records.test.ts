import { expect, it } from 'vitest'
import { erasedPhone } from '../../src/erasure/erase-rows.ts'
import { hideErased } from '../../src/reconciliation/erased.ts'
import { createSecrets } from '../../src/secrets.ts'
import { newId } from '../../src/values/ids.ts'

it('the operator’s record of a call with an erased phone is matched, and does not restore the phone', () => {
  const secrets = createSecrets(Buffer.alloc(32, 1))
  const tenantId = newId()
  const phone = erasedPhone(secrets, tenantId, '+79261234567')
  const record = {
    row: 'r',
    callId: null,
    at: new Date(),
    zoned: false,
    code: null,
    result: null,
    detail: '',
  }
  const records = ['+79261234567', '+79261234568'].map((each) => ({ ...record, phone: each }))
  const calls = [
    { phone, tenantId },
    { phone: '+79261234568', tenantId },
  ]
  expect(hideErased(secrets, records, calls).map((each) => each.phone)).toEqual([phone, '+79261234568'])
  const strangers = calls.map((call) => ({ ...call, tenantId: newId() }))
  expect(hideErased(secrets, records, strangers).map((each) => each.phone)).toEqual([
    '+79261234567',
    '+79261234568',
  ])
})
