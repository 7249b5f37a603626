import pg from 'pg'

/** The records of calls that Asterisk writes to PostgreSQL (cdr_pgsql, or cdr_adaptive_odbc), in the table `cdr`. */
export type CallRecords = {
  /** How a channel ended, e.g. `NO ANSWER`; null if nothing is written, or nothing can be read. */
  dispositionOf(id: string): Promise<string | null>
  close(): Promise<void>
}

const TIMEOUT_MS = 4_000

/** `url`: of the database. It is read only when events were missed. */
export function openRecords(url: string, failed: (error: Error) => void): CallRecords {
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    idleTimeoutMillis: 10_000,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    application_name: 'ringproof gateway',
  })
  pool.on('error', () => {})
  return {
    async dispositionOf(id) {
      try {
        const { rows } = await pool.query<{ disposition: string }>(
          'select disposition::text from cdr where uniqueid = $1 order by disposition limit 1',
          [id],
        )
        return rows[0]?.disposition ?? null
      } catch (error) {
        failed(error as Error)
        return null
      }
    },
    close: () => pool.end(),
  }
}
