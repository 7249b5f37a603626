import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { EmbeddedError } from './error.ts'

/**
 * The user that PostgreSQL runs as. Null: ourselves. Another user if we are root, which PostgreSQL refuses.
 */
export type RunAs = { uid: number; gid: number; name: string } | null

/** `cluster`: the data folder; once it exists, PostgreSQL accepts only its owner. */
export function runAs(cluster: string): RunAs {
  if (process.getuid?.() !== 0) return null
  const owner = statSync(cluster, { throwIfNoEntry: false })
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name: name ?? '', uid: Number(uid), gid: Number(gid) }))
  const wanted = owner
    ? users.find((user) => user.uid === owner.uid && user.uid !== 0)
    : (users.find((user) => user.name === 'postgres') ?? users.find((user) => user.name === 'nobody'))
  if (!wanted) {
    const reason = owner
      ? `the owner of ${cluster} is not an ordinary user`
      : 'there is no user "postgres" or "nobody"'
    throw new EmbeddedError(
      `PostgreSQL does not run as root, and ${reason}: start as an ordinary user, or set DATABASE_URL`,
    )
  }
  return wanted
}

/**
 * The first folder on the way to `path` that `user` cannot enter, or `null`. Asks the system, as that user.
 */
export function firstUnreachable(path: string, user: RunAs): string | null {
  if (!user || canEnter(path, user)) return null
  const parents: string[] = []
  for (let folder = path; dirname(folder) !== folder; folder = dirname(folder)) parents.unshift(folder)
  return parents.find((folder) => !canEnter(folder, user)) ?? path
}

function canEnter(path: string, user: NonNullable<RunAs>): boolean {
  const result = spawnSync('/bin/sh', ['-c', 'test -x "$0"', path], {
    uid: user.uid,
    gid: user.gid,
    cwd: '/',
  })
  if (result.error) {
    throw new EmbeddedError(
      `PostgreSQL does not run as root, and switching to "${user.name}" is not allowed here: ` +
        'start as an ordinary user, or set DATABASE_URL',
    )
  }
  return result.status === 0
}
