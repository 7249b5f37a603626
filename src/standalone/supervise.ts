import { type ChildProcess, spawn } from 'node:child_process'

/** A child that could not start; `said` is true if it gave the reason on standard error itself. */
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
  /**
   * Arguments and environment for Node. `lastUrl`: where the child last listened, so that it can listen there
   * again.
   */
  command(lastUrl: string | null): { args: string[]; env: NodeJS.ProcessEnv }
  showOutput: boolean
  /** How long it may take to report ready, the first time. */
  startPatienceMs: number
  /** How long it may take to end after SIGTERM. */
  stopPatienceMs: number
}

export type Hooks = {
  log(line: string): void
  spawned?(name: string, pid: number): void
}

export type Supervised = {
  /** The URL from its first ready message; rejects with `StartError`. */
  ready: Promise<string | null>
  /** SIGTERM, then SIGKILL for its whole process group. Resolves when it is gone. */
  stop(): Promise<void>
  killNow(): void
}

/** The pause before a restart, by how many times in a row the child ended soon after starting. */
const RESTART_PAUSES_MS = [0, 100, 500, 2000, 5000, 10_000]
const STEADY_AFTER_MS = 10_000

/**
 * Runs a Node process in its own process group (the terminal's Ctrl-C does not reach it) and restarts it when
 * it dies, after ever longer pauses if it keeps dying early. The child must report `{ ready: true, url? }`
 * over IPC, and end by itself when the channel closes.
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
    const readyTimer = setTimeout(() => {
      first.reject(new StartError(`${spec.name}: not ready after ${spec.startPatienceMs / 1000} s`, false))
    }, spec.startPatienceMs)
    started.on('message', (message: { ready?: boolean; url?: string } | null) => {
      if (message?.ready !== true) return
      clearTimeout(readyTimer)
      wasReady = true
      url = message.url ?? null
      first.resolve(url)
    })
    ended = new Promise((resolve) => {
      started.once('error', () => resolve())
      started.once('exit', () => resolve())
    })
    ended.then(() => {
      clearTimeout(readyTimer)
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
    hooks.log(`${spec.name} ended (${how})${often}: restarting in ${pauseMs / 1000} s`)
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
