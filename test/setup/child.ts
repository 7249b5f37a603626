import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** What was compiled once is not compiled for each of some hundred processes. */
const COMPILE_CACHE = `${ROOT}node_modules/.cache/ringproof-compiled`
const running = new Set<ChildProcess>()

// The children end when our channel to them closes; one that is stopped (SIGSTOP) or stuck would not.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export type Child = {
  pid: number
  /** What it told when it was ready, if it listens. */
  url: string | null
  /** Everything it wrote so far, on either stream. */
  output(): string
  ended: Promise<void>
  signal(signal: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL for one that is still there after `patienceMs`. */
  stop(patienceMs?: number): Promise<void>
}

/** Runs one of our processes (`entry` from the root of the repository, or of `cwd`); resolves when it says that it is ready. */
export async function startChild(entry: string, env: Record<string, string>, cwd = ROOT): Promise<Child> {
  // As in production.
  const args = ['--max-semi-space-size=16', entry]
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
