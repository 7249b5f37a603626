import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Writes a file atomically: after a crash or power cut it is whole or unchanged. Only its owner can read it.
 */
export function writeAtomically(path: string, text: string): void {
  const partial = `${path}.new`
  writeFileSync(partial, text, { mode: 0o600, flush: true })
  renameSync(partial, path)
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
