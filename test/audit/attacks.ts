import { expect } from 'vitest'
import { CHAIN_START, hashEvent } from '../../src/audit/chain.ts'
import type { Tx } from '../../src/db/client.ts'
import { insertRows } from '../../src/db/rows.ts'
import { auditEvents } from '../../src/db/schema/index.ts'
import { publicId } from '../../src/values/ids.ts'
import type { writeHistory } from './history.ts'

export type Made = Awaited<ReturnType<typeof writeHistory>>

/** Rewrites a chain after a change, up to the head on the verification, as a skilled attacker would. */
async function rewrite(tx: Tx, { row, events }: Made[number], change: (i: number) => object): Promise<void> {
  await tx`delete from audit_events where verification_id = ${row.id}`
  let prevHash: Buffer = CHAIN_START
  const rewritten = events.map((event, i) => {
    const next = { ...event, ...change(i), prevHash }
    prevHash = hashEvent(next)
    return { ...next, hash: prevHash }
  })
  await insertRows(tx, auditEvents, rewritten)
  await tx`update verifications set audit_head = ${prevHash} where id = ${row.id}`
}

type Attack = [
  name: string,
  (tx: Tx, it: Made[number]) => Promise<unknown>,
  expected: (it: Made[number]) => object,
]

/** The public id of an event of the verification. */
export const idAt = ({ events }: Made[number], i: number) => publicId('event', events[i]?.id as string)

export const EVERYWHERE: Attack[] = [
  [
    'an event was changed',
    (tx, { events }) => tx`update audit_events set data = '{"n":9}' where id = ${events[2]?.id}`,
    (its) => ({ what: 'changed', event: idAt(its, 2) }),
  ],
  [
    'an event was changed and given a hash that fits',
    (tx, { events }) => {
      const forged = { ...(events[2] as Made[number]['events'][number]), data: '{"n":9}' }
      return tx`update audit_events set data = ${forged.data}, hash = ${hashEvent(forged)} where id = ${forged.id}`
    },
    (its) => ({ what: 'changed', event: idAt(its, 2) }),
  ],
  [
    'two events changed places',
    async (tx, { events }) => {
      await tx`update audit_events set seq = 100 where id = ${events[2]?.id}`
      await tx`update audit_events set seq = 3 where id = ${events[3]?.id}`
      await tx`update audit_events set seq = 4 where id = ${events[2]?.id}`
    },
    (its) => ({ what: 'changed', event: idAt(its, 2) }),
  ],
]

export const SEALED: Attack[] = [
  [
    'an event was removed',
    (tx, { events }) => tx`delete from audit_events where id = ${events[2]?.id}`,
    (its) => ({ what: 'removed', event: idAt(its, 2) }),
  ],
  [
    'the last event was removed, and the head set back',
    async (tx, { row, events }) => {
      await tx`delete from audit_events where id = ${events[5]?.id}`
      await tx`update verifications set audit_seq = 5, audit_head = ${events[4]?.hash} where id = ${row.id}`
    },
    (its) => ({ what: 'removed', event: idAt(its, 5) }),
  ],
  [
    'a whole verification was removed',
    async (tx, { row }) => {
      await tx`delete from audit_events where verification_id = ${row.id}`
      await tx`delete from verifications where id = ${row.id}`
    },
    (its) => ({
      what: 'removed',
      event: idAt(its, 0),
      verification: publicId('verification', its.row.id),
      detail: expect.stringContaining('whole verification'),
    }),
  ],
  [
    'a whole chain was rewritten',
    (tx, its) => rewrite(tx, its, (i) => (i === 1 ? { data: '{"n":9}' } : {})),
    (its) => ({ what: 'changed', event: idAt(its, 1) }),
  ],
  [
    'an event was moved to another time, and its chain rewritten',
    (tx, its) =>
      rewrite(tx, its, (i) => (i === 5 ? { at: new Date(its.row.createdAt.getTime() + 70_000) } : {})),
    (its) => ({ what: 'changed', event: idAt(its, 5) }),
  ],
]

export const OPEN: Attack[] = [
  [
    'an event was removed',
    (tx, { events }) => tx`delete from audit_events where id = ${events[2]?.id}`,
    (its) => ({ what: 'removed', seq: 3, verification: publicId('verification', its.row.id) }),
  ],
  [
    'the last event was removed',
    (tx, { events }) => tx`delete from audit_events where id = ${events[5]?.id}`,
    (its) => ({ what: 'removed', seq: 6, verification: publicId('verification', its.row.id) }),
  ],
  [
    'all events were removed',
    (tx, { row }) => tx`delete from audit_events where verification_id = ${row.id}`,
    (its) => ({ what: 'removed', seq: 1, verification: publicId('verification', its.row.id) }),
  ],
  [
    'the verification was removed, and its events were left',
    (tx, { row }) => tx`delete from verifications where id = ${row.id}`,
    (its) => ({ what: 'removed', event: idAt(its, 0) }),
  ],
]
