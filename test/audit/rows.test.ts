import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuditEvent,
  type AuditRow,
  CHAIN_START,
  expand,
  hashEvent,
  hashOfRow,
  isIntact,
  toRows,
} from '../../src/audit/chain.ts'
import { sealHours } from '../../src/audit/checkpoints/seal.ts'
import { verifyAudit } from '../../src/audit/verify/verify.ts'
import type { Tx } from '../../src/db/client.ts'
import { insertRows } from '../../src/db/rows.ts'
import { auditEvents, verifications } from '../../src/db/schema/index.ts'
import { appendEvent, EVENT_TYPES } from '../../src/draft/append.ts'
import { newId } from '../../src/values/ids.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { hoursAgo, idOf, pastVerification, tamper } from './history.ts'

const AUTHORS = [
  { actor: 'worker', requestId: null },
  { actor: 'key_1', requestId: 'req_1' },
]
const entry = fc.record({
  type: fc.constantFrom(...EVENT_TYPES),
  data: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null))),
  author: fc.constantFrom(...AUTHORS),
  isNext: fc.boolean(),
})
const entries = fc.array(entry, { minLength: 1, maxLength: 12 })
type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never

/** A chain, written by several transactions. */
function chainOf(list: readonly Entry[]) {
  const owner = { id: newId(), tenantId: newId(), livemode: false, auditSeq: 0, auditHead: CHAIN_START }
  let at = new Date('2026-01-31T12:00:00Z')
  const events: AuditEvent[] = []
  for (const { type, data, author, isNext } of list) {
    if (isNext) at = new Date(at.getTime() + 1000)
    events.push(appendEvent(owner, isNext ? undefined : events.at(-1), author, at, type, data))
  }
  return { events, rows: toRows(events), head: { seq: owner.auditSeq, hash: owner.auditHead } }
}

/** Takes an element of a list away, doubles it, or swaps it with the next. */
const CUTS: ((list: string[], at: number) => string[])[] = [
  (list, at) => list.toSpliced(at, 1),
  (list, at) => list.toSpliced(at, 0, list[at] ?? ''),
  (list, at) => list.toSpliced(at, 2, list[at + 1] ?? 'x', list[at] ?? ''),
]

/** The changes of one field of a row that holds several events. */
const CHANGES: ((row: AuditRow, at: number, cut: (typeof CUTS)[number]) => Partial<AuditRow>)[] = [
  ({ id }) => ({ id: `${id.slice(0, -1)}5` }),
  ({ id }) => ({ id: `${id.slice(0, -3)}${id.at(-3) === 'f' ? '0' : 'f'}${id.slice(-2)}` }),
  ({ seq }) => ({ seq: seq + 1 }),
  ({ at }) => ({ at: new Date(at.getTime() + 1) }),
  ({ actor }) => ({ actor: `${actor} ` }),
  ({ type }, at, cut) => ({ type: cut(type.split(' '), at).join(' ') }),
  ({ type }) => ({ type: `${type} ` }),
  ({ data }, at, cut) => ({ data: cut(data.split('\n'), at).join('\n') }),
  ({ data }) => ({ data: `${data}\n` }),
  ({ data }) => ({ data: `\n${data}` }),
  ({ type, data }, at, cut) => ({
    type: cut(type.split(' '), at).join(' '),
    data: cut(data.split('\n'), at).join('\n'),
  }),
]

describe('rows of several events', () => {
  it('hold the events as they were appended', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const { events, rows, head } = chainOf(list)
        expect(rows.flatMap(expand)).toEqual(events)
        expect(rows.every((row) => row.hash.equals(hashOfRow(row)))).toBe(true)
        expect(isIntact(rows.flatMap(expand), head)).toBe(true)
      }),
    )
  })

  it('are more than one where the events are more than a row can hold', () => {
    const one: Entry = { type: 'check.wrong', data: {}, author: AUTHORS[0] as Entry['author'], isNext: false }
    const { events, rows, head } = chainOf(Array.from({ length: 600 }, () => one))
    expect(rows.map(({ seq }) => seq)).toEqual([1, 257, 513])
    expect(rows.flatMap(expand)).toEqual(events)
    expect(isIntact(events, head)).toBe(true)
  })

  it('show any change of any field', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 2, maxLength: 6 }),
        fc.nat(),
        fc.constantFrom(...CHANGES),
        fc.constantFrom(...CUTS),
        (list, place, change, cut) => {
          const [first, ...more] = list as [Entry, ...Entry[]]
          const { rows } = chainOf([
            first,
            ...more.map((one) => ({ ...one, author: first.author, isNext: false })),
          ])
          const row = rows[0] as AuditRow
          const changes = change(row, place % list.length, cut)
          const changed = { ...row, ...changes }
          const fields = Object.keys(changes) as (keyof AuditRow)[]
          fc.pre(fields.some((field) => String(changed[field]) !== String(row[field])))
          expect(changed.hash.equals(hashOfRow(changed))).toBe(false)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('the check of the audit', () => {
  let test: TestApp
  let tenantId: string

  beforeAll(async () => {
    test = await startTestApp()
    tenantId = (await test.newTenant()).actor.tenantId
  })
  afterAll(() => test.stop())

  /** A verification whose six events are three rows of two. */
  async function write(at: Date): Promise<{ id: string; rows: AuditRow[] }> {
    const { row, events } = pastVerification(tenantId, at, '+79243555100')
    let prevHash: Buffer = CHAIN_START
    const paired = events.map((event, i) => {
      const first = events[i - (i % 2)] as AuditEvent
      const id = `${first.id.slice(0, -2)}0${i % 2}`
      const next = { ...event, id, at: first.at, prevHash }
      prevHash = hashEvent(next)
      return { ...next, hash: prevHash }
    })
    const rows = toRows(paired)
    await test.app.db.sql.begin(async (tx) => {
      await insertRows(tx, verifications, [{ ...row, auditHead: prevHash }])
      await insertRows(tx, auditEvents, rows)
    })
    return { id: row.id, rows }
  }

  const TAMPERINGS: [string, (tx: Tx, rows: AuditRow[]) => Promise<unknown>][] = [
    [
      'whose id ends with another place in the row',
      (tx, [, row]) => tx`update audit_events set id = ${`${row?.id.slice(0, -1)}1`} where id = ${row?.id}`,
    ],
    [
      'that lost its second event',
      (tx, [, row]) => tx`
      update audit_events set type = split_part(type, ' ', 1), data = split_part(data, E'\n', 1) where id = ${row?.id}`,
    ],
    [
      'whose events changed places',
      (tx, [, row]) => tx`
      update audit_events set type = split_part(type, ' ', 2) || ' ' || split_part(type, ' ', 1) where id = ${row?.id}`,
    ],
    ['that is gone', (tx, [, row]) => tx`delete from audit_events where id = ${row?.id}`],
    [
      'that repeats the number of an event, with the head set to it',
      async (tx, rows) => {
        const last = rows.at(-1) as AuditRow
        const added = {
          ...last,
          id: idOf(last.at),
          seq: 6,
          type: 'check.right',
          data: '{}',
          prevHash: last.hash,
        }
        const hash = hashEvent(added)
        await insertRows(tx, auditEvents, [{ ...added, hash }])
        await tx`update verifications set audit_head = ${hash} where id = ${last.verificationId}`
      },
    ],
  ]

  it.each(TAMPERINGS)('finds a row %s, in an hour not yet sealed and in a sealed one', async (_, change) => {
    // The open one first: its removal leaves no trace.
    const made = [await write(new Date(Date.now() - 10_000)), await write(hoursAgo(3))]
    const verify = () => verifyAudit(test.app, { from: null, to: null, known: [] })
    await tamper(test, (tx) => tx`delete from audit_checkpoint_leaves`)
    await tamper(test, (tx) => tx`delete from audit_checkpoints`)
    await sealHours({ ...test.worker, actor: { type: 'system' } })
    expect((await verify()).problems).toEqual([])
    for (const { id, rows } of made) {
      await tamper(test, (tx) => change(tx, rows))
      const { problems } = await verify()
      expect(problems.length, id).toBeGreaterThan(0)
      await tamper(test, async (tx) => {
        await tx`delete from audit_events where verification_id = ${id}`
        await tx`delete from verifications where id = ${id}`
      })
    }
    await tamper(test, async (tx) => {
      await tx`delete from audit_events where verification_id is not null`
      await tx`delete from verifications`
    })
  })
})
