import pg from 'pg'

const BIGINT = 20
const INSTANT = 1184
/** A year of four digits, at UTC: what every session answers for times of our era. */
const UTC = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00$/

const readInstant = pg.types.getTypeParser(INSTANT, 'text')

/** Reads a `timestamptz`, in half the time that `pg` takes. */
function toInstant(text: string): unknown {
  return UTC.test(text) ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`) : readInstant(text)
}

/**
 * How our own statements read values: PostgreSQL's `bigint` as a `bigint`, a `timestamptz` as a `Date`, everything
 * else as `pg` does.
 */
export const TYPES = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === BIGINT) return BigInt
    return oid === INSTANT ? toInstant : pg.types.getTypeParser(oid, format)
  }) as typeof pg.types.getTypeParser,
}

/** Types that Drizzle reads from text itself: timestamps, dates, intervals and lists of them. */
const AS_TEXT = new Set([1082, 1114, 1184, 1186, 1115, 1182, 1185, 1187, 1231])

/** How Drizzle expects values from its driver. */
export const ORM_TYPES = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    AS_TEXT.has(oid)
      ? (text: string) => text
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}
