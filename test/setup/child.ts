import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Compiled code, shared by the hundreds of processes of a run. */
export const COMPILE_CACHE = `${ROOT}node_modules/.cache/ringproof-compiled`
const QUICK_IMPORTS = new URL('../../src/standalone/quick-imports.ts', import.meta.url).href
const running = new Set<ChildProcess>()

// Children end when our channel to them closes, unless they are stopped (SIGSTOP) or stuck.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export type Child = {
  pid: number
  /** Its address, if it listens. */
  url: string | null
  /** Its output so far, on both streams. */
  output(): string
  ended: Promise<void>
  /** Null while it runs, and if a signal ended it. */
  exitCode(): number | null
  signal(signal: NodeJS.Signals): void
  /** Sends SIGTERM, and SIGKILL if it still runs after `patienceMs`. */
  stop(patienceMs?: number): Promise<void>
}

/**
 * Runs one of our processes (`entry`: from the repository's root, or from `cwd`). Resolves when it reports
 * that it is ready.
 */
export async function startChild(entry: string, env: Record<string, string>, cwd = ROOT): Promise<Child> {
  // As `npm start` does; another folder is there to be tried as it is.
  const quick = cwd === ROOT ? ['--import', QUICK_IMPORTS] : []
  const args = ['--max-semi-space-size=16', ...quick, entry]
  const child = spawn(process.execPath, args, {
    cwd,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  ended.then(() => running.delete(child))
  const url = await new Promise<string | null>((resolve, reject) => {
    child.on('message', (message: { ready?: boolean; url?: string }) => {
      if (message.ready) resolve(message.url ?? null)
    })
    ended.then(() => reject(new Error(`${entry} ended before it was ready (${child.exitCode}): ${output}`)))
  })
  return {
    pid: child.pid ?? 0,
    url,
    ended,
    exitCode: () => child.exitCode,
    output: () => output,
    signal: (signal) => child.kill(signal),
    async stop(patienceMs = 8000) {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      await ended
      clearTimeout(timer)
    },
  }
}
