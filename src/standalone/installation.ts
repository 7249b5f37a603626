import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { clusterUrl } from '../embedded/url.ts'

/** What a running `npm start` keeps under DATA_DIR; null for what is not there. Creates nothing. */
export function findInstallation(dataDir: string): { databaseUrl: string | null; secretKey: string | null } {
  const folder = resolve(dataDir)
  const file = join(folder, 'secret_key')
  const secretKey = existsSync(file) ? readFileSync(file, 'utf8').trim() : null
  return { databaseUrl: clusterUrl(folder), secretKey }
}
