import pg from 'pg'

const BIGINT = 20

/** How our own statements read values: PostgreSQL's `bigint` as a `bigint`, everything else as `pg` does. */
export const TYPES = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === BIGINT ? BigInt : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}
