import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateBy, type KnownCall, readingsOf } from '../../src/calls/operator-clock.ts'
import type { OperatorRecord } from '../../src/providers/provider.ts'

const NOW = new Date('2026-11-28T12:00:00Z')
const HOUR = 3_600_000

/**
 * The record of a call made that many seconds ago, from an operator whose clock and zone are off by that
 * much.
 */
function rowOf(phone: string, secondsAgo: number, aheadMs: number, zoned = false): OperatorRecord {
  const at = Math.floor((NOW.getTime() - secondsAgo * 1000 + aheadMs) / 1000) * 1000
  return { row: phone, callId: null, at: new Date(at), zoned, phone, code: '1234', result: null, detail: '' }
}

function knownCall(phone: string, secondsAgo: number, hasCode: boolean | null = true): KnownCall {
  const placingAt = new Date(NOW.getTime() - secondsAgo * 1000)
  return { phone, placingAt, placedAt: new Date(placingAt.getTime() + 700), hasCode: () => hasCode }
}

/** The error of the likeliest reading of a record, in milliseconds. */
function errorOf(row: OperatorRecord, secondsAgo: number, readings: ReturnType<typeof readingsOf>): number {
  const [reading] = readings
  return reading
    ? Math.abs(dateBy(reading, row).getTime() - (NOW.getTime() - secondsAgo * 1000))
    : Number.POSITIVE_INFINITY
}

describe('an operator’s clock', () => {
  const skew = fc.integer({ min: -400_000, max: 400_000 })
  const zone = fc.constantFrom(-3, 0, 1, 5.5).map((hours) => hours * HOUR)

  it('is measured by records of known calls, in any zone, whatever its Date header says', () => {
    const header = fc.option(fc.integer({ min: -HOUR, max: HOUR }))
    fc.assert(
      fc.property(skew, zone, header, fc.integer({ min: 1, max: 600 }), (clock, zoneMs, told, ago) => {
        const ahead = clock + zoneMs
        const rows = [rowOf('+1', 60, ahead), rowOf('+2', ago, ahead)]
        const answeredAt = told === null ? null : new Date(NOW.getTime() + told)
        const readings = readingsOf({ rows, answeredAt }, NOW, [knownCall('+1', 60)])
        expect(errorOf(rows[1] as OperatorRecord, ago, readings)).toBeLessThan(5_000)
      }),
    )
  })

  it('is measured by its Date header if no call is known', () => {
    fc.assert(
      fc.property(skew, fc.boolean(), (clock, zoned) => {
        const row = rowOf('+1', 10, clock, zoned)
        const answeredAt = new Date(Math.floor((NOW.getTime() + clock) / 1000) * 1000)
        expect(errorOf(row, 10, readingsOf({ rows: [row], answeredAt }, NOW, []))).toBeLessThan(4_000)
      }),
    )
  })

  it('is read despite a record from another year', () => {
    const [row, stray] = [rowOf('+1', 10, 0), rowOf('+2', -400 * 86_400, 0)]
    const readings = readingsOf({ rows: [row, stray], answeredAt: NOW }, NOW, [])
    expect(errorOf(row, 10, readings)).toBeLessThan(2_000)
    expect(readingsOf({ rows: [stray], answeredAt: NOW }, NOW, [])).toEqual([])
  })

  it('is guessed from ours if its Date header shows another clock than its records', () => {
    const answeredAt = new Date(NOW.getTime() - 90_000)
    const readings = readingsOf({ rows: [rowOf('+1', 10, 40_000)], answeredAt }, NOW, [])
    expect(readings).toContainEqual({ clockMs: 0, zoneMs: 0, slackMs: 45_000 })
  })

  it('is unreadable if every reading puts records into the future', () => {
    const rows = [rowOf('+1', 10, 2 * HOUR)]
    expect(readingsOf({ rows, answeredAt: NOW }, NOW, [])).toEqual([])
  })

  it('writes UTC throughout an answer, unless that puts a record into the future', () => {
    const utc = (rows: OperatorRecord[]) =>
      readingsOf({ rows, answeredAt: NOW }, NOW, []).some(({ zoneMs }) => zoneMs === -3 * HOUR)
    expect(utc([rowOf('+1', 10, -3 * HOUR)])).toBe(true)
    expect(utc([rowOf('+1', 10, -3 * HOUR), rowOf('+2', 60, 0)])).toBe(false)
    expect(utc([rowOf('+1', 10, -3 * HOUR, true)])).toBe(false)
  })

  it('is not measured by another call to a known phone', () => {
    const rows = [rowOf('+1', 60, 0), rowOf('+2', 10, 0)]
    const row = rows[1] as OperatorRecord
    for (const known of [[knownCall('+1', 600, false)], [knownCall('+1', 600, null)]]) {
      expect(errorOf(row, 10, readingsOf({ rows, answeredAt: NOW }, NOW, known))).toBeLessThan(2_000)
    }
  })
})
