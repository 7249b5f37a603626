import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DATABASE } from './embedded-cluster.ts'

/** Where the embedded PostgreSQL of `dataDir` is, or was when it last ran; null before its first start. */
export function clusterUrl(dataDir: string): string | null {
  const [password, port] = ['postgres-password', 'postgres-port'].map((name) => join(dataDir, name))
  if (!password || !port || !existsSync(password) || !existsSync(port)) return null
  const text = (file: string) => readFileSync(file, 'utf8').trim()
  return `postgres://${DATABASE}:${text(password)}@127.0.0.1:${text(port)}/${DATABASE}`
}
