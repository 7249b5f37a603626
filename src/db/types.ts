import pg from 'pg'

const BIGINT = 20

/** How our own statements read values: PostgreSQL's `bigint` as a `bigint`, everything else as `pg` does. */
export const TYPES = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === BIGINT ? BigInt : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
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
