import { expect } from 'vitest'
import { refused } from './refused.ts'
import type { Service } from './support.ts'

const failed = (code: string) => ({ status: 'failed', failure: { code, detail: expect.any(String) } })

type Expected = { end: Record<string, unknown>; attempts: string[]; dialled: string[] }

/** The documented ends, by the last digit of the special phone. */
const SPECIAL = new Map<number, Expected>([
  [1, { end: { status: 'delivered' }, attempts: ['busy'], dialled: ['telefon-ip'] }],
  [2, { end: { status: 'delivered' }, attempts: ['answered'], dialled: ['telefon-ip'] }],
  [3, { end: failed('no_such_number'), attempts: ['no_such_number'], dialled: ['telefon-ip'] }],
  [
    4,
    {
      end: failed('unreachable'),
      attempts: ['unreachable', 'unreachable'],
      dialled: ['telefon-ip', 'new-tel'],
    },
  ],
  [5, { end: { status: 'delivered' }, attempts: ['unknown', 'no_answer'], dialled: ['new-tel'] }],
  [6, { end: { status: 'delivered' }, attempts: ['no_answer'], dialled: ['telefon-ip'] }],
  [7, { end: failed('rejected'), attempts: ['rejected', 'rejected'], dialled: [] }],
  [8, { end: { status: 'delivered' }, attempts: ['no_answer'], dialled: ['telefon-ip'] }],
  [9, { end: { status: 'delivered' }, attempts: ['no_answer'], dialled: ['telefon-ip'] }],
])

/** The verification of each special phone, by the phone's last digit. */
export type SpecialCalls = Map<number, { id: string; phone: string }>

/** Starts a verification for each special phone. */
export async function beginSpecial(service: Service): Promise<SpecialCalls> {
  const begun: SpecialCalls = new Map()
  for (const digit of SPECIAL.keys()) {
    const phone = `+7900000000${digit}`
    begun.set(digit, { id: (await service.begin(phone, { ttl_seconds: 600 })).id, phone })
  }
  return begun
}

/** Checks that each ends as documented, with the documented calls. */
export async function expectSpecialEnds(service: Service, begun: SpecialCalls): Promise<void> {
  await Promise.all(
    [...SPECIAL].map(async ([digit, { end, attempts, dialled }]) => {
      const { id, phone } = begun.get(digit) ?? { id: '', phone: '' }
      const ended = await service.until(id, String(end.status), 45_000)
      expect(ended, phone).toMatchObject(end)
      const statuses = ended.attempts_detail.map((attempt: { status: string }) => attempt.status)
      expect(statuses, phone).toEqual(attempts)
      expect(
        (await service.ledger(phone)).map((call) => call.operator),
        phone,
      ).toEqual(dialled)
      if (end.status !== 'delivered') return
      const [from = ''] = await service.rung(phone)
      const typed = await service.confirm(id, from)
      if (digit === 9) refused(typed, 422, 'code_incorrect')
      else expect(typed.status, `${phone}: ${typed.text}`).toBe(200)
    }),
  )
}
