import postgres from 'postgres'

/**
 * What PostgreSQL has committed outlives its process, as in production; an ephemeral one would forget the
 * last moments.
 */
export async function keepCommits(url: string): Promise<void> {
  const sql = postgres(url, { max: 1 })
  await sql`alter database ringproof set synchronous_commit = on`
  await sql.end()
}
