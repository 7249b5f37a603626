import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AuditEvent, CHAIN_START, isIntact } from '../../src/audit/chain.ts'
import { appendEvent, EVENT_TYPES } from '../../src/draft/append.ts'
import { newId } from '../../src/values/ids.ts'

const author = { actor: 'worker', requestId: 'req_1' }
const entry = fc.record({
  type: fc.constantFrom(...EVENT_TYPES),
  data: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))),
  at: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
})
const entries = fc.array(entry, { minLength: 1, maxLength: 12 })
type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never

function chainOf(list: readonly Entry[]) {
  const owner = { id: newId(), tenantId: newId(), livemode: false, auditSeq: 0, auditHead: CHAIN_START }
  const events = list.map(({ type, data, at }) => appendEvent(owner, undefined, author, at, type, data))
  return { events, head: { seq: owner.auditSeq, hash: owner.auditHead } }
}

/** Every change of one field of an event. */
const CHANGES: ((event: AuditEvent) => Partial<AuditEvent>)[] = [
  () => ({ id: newId() }),
  () => ({ tenantId: newId() }),
  ({ livemode }) => ({ livemode: !livemode }),
  () => ({ verificationId: newId() }),
  ({ seq }) => ({ seq: seq + 1 }),
  ({ at }) => ({ at: new Date(at.getTime() + 1) }),
  ({ type }) => ({ type: `${type}.` }),
  ({ actor }) => ({ actor: `${actor} ` }),
  () => ({ requestId: null }),
  ({ data }) => ({ data: `${data} ` }),
  ({ prevHash }) => ({ prevHash: flip(prevHash) }),
  ({ hash }) => ({ hash: flip(hash) }),
]

function flip(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy[0] = (copy[0] ?? 0) ^ 1
  return copy
}

describe('a chain of audit events', () => {
  it('is intact as written', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const { events, head } = chainOf(list)
        expect(events.map((event) => event.seq)).toEqual(list.map((_, i) => i + 1))
        expect(isIntact(events, head)).toBe(true)
      }),
    )
  })

  it('is broken by any change of any field of any event', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.constantFrom(...CHANGES), (list, place, change) => {
        const { events, head } = chainOf(list)
        const at = place % events.length
        const changed = events.map((event, i) => (i === at ? { ...event, ...change(event) } : event))
        expect(isIntact(changed, head)).toBe(false)
      }),
    )
  })

  it('is broken if an event is missing, duplicated or moved', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, place) => {
        const { events, head } = chainOf(list)
        const at = place % events.length
        expect(isIntact(events.toSpliced(at, 1), head)).toBe(false)
        expect(isIntact(events.toSpliced(at, 0, events[at] as AuditEvent), head)).toBe(false)
        if (events.length > 1) expect(isIntact(events.toReversed(), head)).toBe(false)
      }),
    )
  })

  it('hashes the stored text itself, so that no two contents share a hash', () => {
    const { events } = chainOf([
      { type: 'check.wrong', data: { a: '1' }, at: new Date(0) },
      { type: 'check.wrong', data: { a: '1' }, at: new Date(0) },
    ])
    expect(events[0]?.hash.equals(events[1]?.hash ?? Buffer.alloc(0))).toBe(false)
  })
})
