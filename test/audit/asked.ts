import fc from 'fast-check'
import { publicId } from '../../src/values/ids.ts'
import type { Fact, Wanted } from './plain.ts'

/** Chosen before the history is known: the index of an event, of a reader … */
const some = fc.nat(1_000_000)

/** The element of a list that such a number chooses. */
export const at = <T>(list: readonly T[], index: number) => list[index % list.length] as T

/** What a query may ask for. */
export const NAMES = [
  'verification',
  'phone',
  'phone_ends',
  'reference',
  'status',
  'provider',
  'type',
  'from',
  'to',
] as const

/** A reader, filters and a place to begin, yet to be read against a history: see `wantedBy`. */
export const asked = fc.record({
  reader: some,
  names: fc.oneof(
    fc.constant([]),
    ...[1, 2, 3, 4].map((maxLength) => fc.subarray([...NAMES], { minLength: 1, maxLength })),
  ),
  /** The event that the filters are of, and another one for every fourth of them. */
  of: some,
  others: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: some }), {
    minLength: NAMES.length,
    maxLength: NAMES.length,
  }),
  digits: fc.constantFrom(4, 4, 5, 7, 11),
  shiftMs: fc.constantFrom(0, 0, 0, 1, -1),
  limit: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 8, max: 100 })),
  /** Where the first page begins, perhaps behind an event that the filters leave out. */
  cursor: fc.option(some, { freq: 2 }),
  isIssued: fc.boolean(),
})
export type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never

/** The query, with filters that its events match. */
export function wantedBy({ names, of, others, digits, shiftMs }: Asked, own: readonly Fact[]): Wanted {
  const wanted: Wanted = {}
  for (const name of names) {
    const value = wantedOf(at(own, others[NAMES.indexOf(name)] ?? of), name, { digits, shiftMs })
    if (value !== null) wanted[name] = value
  }
  const { from, to } = wanted
  return from && to && from > to ? { ...wanted, from: to, to: from } : wanted
}

function wantedOf(
  { verificationId, phone, reference, status, providers, type, at }: Fact,
  name: (typeof NAMES)[number],
  { digits, shiftMs }: Pick<Asked, 'digits' | 'shiftMs'>,
): string | null {
  const known = phone?.startsWith('+') ? phone : null
  switch (name) {
    case 'verification':
      return verificationId && publicId('verification', verificationId)
    case 'phone':
      return known
    case 'phone_ends':
      return known?.slice(1).slice(-digits) ?? null
    case 'reference':
      return reference
    case 'status':
      return status
    case 'provider':
      return providers.at(-1) ?? null
    case 'type':
      return type
    default:
      return new Date(at.getTime() + shiftMs).toISOString()
  }
}
