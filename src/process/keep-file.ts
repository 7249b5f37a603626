import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes a file that is either whole or not there, also after a power cut; readable for its owner alone. */
export function keepFile(path: string, text: string): void {
  const half = `${path}.new`
  writeFileSync(half, text, { mode: 0o600, flush: true })
  renameSync(half, path)
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
