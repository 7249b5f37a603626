import pg from 'pg'

/** The records of calls that Asterisk writes to PostgreSQL (cdr_pgsql, or cdr_adaptive_odbc), in the table `cdr`. */
export type CallRecords = {
  /** Whether a channel was answered; null if nothing is written, or nothing can be read. */
  wasAnswered(id: string): Promise<boolean | null>
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
    async wasAnswered(id) {
      try {
        const { rows } = await pool.query<{ answered: boolean | null }>(
          `select bool_or(disposition::text = 'ANSWERED') as answered from cdr where uniqueid = $1`,
          [id],
        )
        return rows[0]?.answered ?? null
      } catch (error) {
        failed(error as Error)
        return null
      }
    },
    close: () => pool.end(),
  }
}
