import { join } from 'node:path'
import { DATABASE, readPassword, readPort } from './cluster.ts'

/** The URL of the embedded PostgreSQL of `dataDir`, as of its last start; null before its first start. */
export function clusterUrl(dataDir: string): string | null {
  const password = readPassword(join(dataDir, 'postgres-password'))
  const port = readPort(join(dataDir, 'postgres-port'))
  if (!password || !port) return null
  return `postgres://${DATABASE}:${password}@127.0.0.1:${port}/${DATABASE}`
}
