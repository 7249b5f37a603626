import type { Socket } from 'node:net'
import pg from 'pg'
import { ConfigError } from '../process/config.ts'
import { poolConfig } from './client.ts'

/** How long startup waits for PostgreSQL. */
const PATIENCE_MS = 3000

/**
 * PostgreSQL is unreachable or rejects us. The message is one line that names the setting, the address and
 * the cause, never the password.
 */
export class UnreachableDatabase extends ConfigError {}

/**
 * Opens one connection with the settings of all later ones. Throws `UnreachableDatabase` after at most three
 * seconds. `setting`: where the URL comes from.
 */
export async function connectOnce(
  url: string,
  setting: 'DATABASE_URL' | 'DATABASE_READ_URL' = 'DATABASE_URL',
): Promise<pg.Client> {
  const client = new pg.Client({
    ...poolConfig(url, { name: 'ringproof start' }),
    connectionTimeoutMillis: PATIENCE_MS,
  })
  // A statement in progress fails by itself.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    // Only we gave up: the socket would keep the process alive until PostgreSQL does too, for a minute.
    ;(client.connection.stream as Socket).destroy()
    throw new UnreachableDatabase(`${setting}: ${explain(client, error as Error & { code?: string })}`)
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
      return `${place} rejected the password of user "${user}", or has no such user`
    case '3D000':
      return `${place} has no database "${database}"`
    default:
      // Before the first statement, neither side quotes a value.
      return `${place} cannot be used: ${[message, code && `(${code})`].filter(Boolean).join(' ')}`
  }
}
