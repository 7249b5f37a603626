import { v7 } from 'uuid'

/** Prefixes of public ids, by what they name. */
export const ID_PREFIXES = {
  verification: 'ver',
  attempt: 'att',
  event: 'evt',
  key: 'key',
  tenant: 'ten',
  ledger: 'led',
  account: 'prv',
  route: 'rte',
  price: 'prc',
} as const

export type IdKind = keyof typeof ID_PREFIXES

/** A new UUIDv7: sorts by time, so that inserts stay local in an index. */
export function newId(): string {
  return v7()
}

/** The public form of a UUID: `ver_0193…`, 32 hex digits, sorting by time as the UUID does. */
export function publicId(kind: IdKind, uuid: string): string {
  return `${ID_PREFIXES[kind]}_${uuid.replaceAll('-', '')}`
}

/** The UUID of a public id, or `null` if it is malformed: a malformed id is an unknown id. */
export function parseId(kind: IdKind, id: string): string | null {
  const match = /^([a-z]{3})_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(id)
  if (!match || match[1] !== ID_PREFIXES[kind]) return null
  return match.slice(2).join('-')
}
