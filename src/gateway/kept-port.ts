import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from '../process/write-atomically.ts'

const fileOf = (folder: string) => join(folder, 'sip-port')

/** The SIP port of the last start; 0 if there was none. */
export function keptPort(folder: string): number {
  const file = fileOf(folder)
  const port = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0
}

export function keepPort(folder: string, port: number): void {
  writeAtomically(fileOf(folder), `${port}\n`)
}
