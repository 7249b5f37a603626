import { type ChildProcess, spawn } from 'node:child_process'

/** A child that could not start; `said` is true where it gave its reason on standard error itself. */
export class StartError extends Error {
  override name = 'StartError'
  readonly said: boolean

  constructor(message: string, said: boolean) {
    super(message)
    this.said = said
  }
}

export type ChildSpec = {
  name: string
  /** Arguments and environment of Node. `lastUrl`: where it listened before, so that it can listen there again. */
  command(lastUrl: string | null): { args: string[]; env: NodeJS.ProcessEnv }
  showOutput: boolean
  /** How long it may take to say that it is ready, the first time. */
  startPatienceMs: number
  /** How long it may take to end once it was asked to. */
  stopPatienceMs: number
}

export type Hooks = {
  log(line: string): void
  spawned?(name: string, pid: number): void
}

export type Supervised = {
  /** What it told when it was ready for the first time; rejects with `StartError`. */
  ready: Promise<string | null>
  /** SIGTERM, then SIGKILL for its whole process group. Resolves when it is gone. */
  stop(): Promise<void>
  killNow(): void
}

/** By how many times in a row it has ended soon after it was started. */
const RESTART_PAUSES_MS = [0, 100, 500, 2000, 5000, 10_000]
const STEADY_AFTER_MS = 10_000

/**
 * Runs a Node process in a process group of its own (the terminal's Ctrl-C does not reach it), and starts it
 * again when it dies, ever later if it dies at once each time. It says `{ ready: true, url? }` over IPC, and
 * ends by itself when the channel closes.
 */
export function supervise(spec: ChildSpec, hooks: Hooks): Supervised {
  let child: ChildProcess | null = null
  let ended: Promise<void> = Promise.resolve()
  let url: string | null = null
  let wasReady = false
  let quickEnds = 0
  let stopping = false
  let restart: NodeJS.Timeout | undefined
  const first = Promise.withResolvers<string | null>()
  first.promise.catch(() => {})

  const start = (): void => {
    const { args, env } = spec.command(url)
    const started = spawn(process.execPath, args, {
      env,
      detached: true,
      stdio: ['ignore', spec.showOutput ? 'inherit' : 'ignore', 'inherit', 'ipc'],
    })
    child = started
    if (started.pid) hooks.spawned?.(spec.name, started.pid)
    const spawnedAt = performance.now()
    const impatience = setTimeout(() => {
      first.reject(new StartError(`${spec.name}: not ready after ${spec.startPatienceMs / 1000} s`, false))
    }, spec.startPatienceMs)
    started.on('message', (message: { ready?: boolean; url?: string } | null) => {
      if (message?.ready !== true) return
      clearTimeout(impatience)
      wasReady = true
      url = message.url ?? null
      first.resolve(url)
    })
    ended = new Promise((resolve) => {
      started.once('error', () => resolve())
      started.once('exit', () => resolve())
    })
    ended.then(() => {
      clearTimeout(impatience)
      const how = started.signalCode ?? `exit code ${started.exitCode}`
      if (!wasReady)
        first.reject(new StartError(`${spec.name}: could not start (${how})`, started.exitCode === 1))
      else if (!stopping) startAgain(how, performance.now() - spawnedAt)
    })
  }

  const startAgain = (how: string, livedMs: number): void => {
    quickEnds = livedMs < STEADY_AFTER_MS ? quickEnds + 1 : 0
    const pauseMs = RESTART_PAUSES_MS[Math.min(quickEnds, RESTART_PAUSES_MS.length - 1)] ?? 0
    const often = quickEnds > 1 ? `, ${quickEnds} times in a row` : ''
    hooks.log(`${spec.name} ended (${how})${often}: starting it again in ${pauseMs / 1000} s`)
    restart = setTimeout(start, pauseMs)
  }

  const killNow = (): void => {
    stopping = true
    clearTimeout(restart)
    if (child?.pid) killGroup(child.pid)
  }

  start()
  return {
    ready: first.promise,
    killNow,
    async stop() {
      stopping = true
      clearTimeout(restart)
      child?.kill('SIGTERM')
      const timer = setTimeout(killNow, spec.stopPatienceMs)
      await ended
      clearTimeout(timer)
    },
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
