import type { Socket } from 'node:net'
import pg from 'pg'
import { ConfigError } from '../process/config.ts'
import { poolConfig } from './client.ts'

/** How long a start waits for PostgreSQL. */
const PATIENCE_MS = 3000

/** PostgreSQL does not let us in: one line that names DATABASE_URL, the address and what is wrong, never the password. */
export class UnreachableDatabase extends ConfigError {}

/**
 * One connection, as all later ones are opened. Throws `UnreachableDatabase`, after three seconds at
 * most.
 */
export async function connectOnce(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...poolConfig(url, { name: 'ringproof start' }),
    connectionTimeoutMillis: PATIENCE_MS,
  })
  // A statement that is waited for fails by itself.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    // What gave up on its side only would keep the process alive until PostgreSQL gives up too, for a minute.
    ;(client.connection.stream as Socket).destroy()
    throw new UnreachableDatabase(`DATABASE_URL: ${explain(client, error as Error & { code?: string })}`)
  }
}

function explain(
  { host, port, user, database }: pg.Client,
  { code, message }: Error & { code?: string },
): string {
  const place = `PostgreSQL at ${host.includes(':') ? `[${host}]` : host}:${port}`
  switch (code) {
    case 'ECONNREFUSED':
      return `${place} refuses connections (${code}): is it running, and is the port right?`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host ${host} is unknown (${code})`
    case '28P01':
      return `${place} does not accept the password of user "${user}", or knows no such user`
    case '3D000':
      return `${place} has no database "${database}"`
    default:
      // Before a statement was sent, neither side quotes a value.
      return `${place} cannot be used: ${[message, code && `(${code})`].filter(Boolean).join(' ')}`
  }
}
