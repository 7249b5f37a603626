/**
 * The environment is read in `config.ts`; here it is only handed on, to `readConfig` and to child processes.
 */

/** As `npm start` reads it: without a word to the contrary it is for this machine alone. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, HOST: process.env.HOST || '127.0.0.1' }
}

/** For our own service processes: everything, and `changes`. */
export function serviceEnvironment(changes: Record<string, string>): NodeJS.ProcessEnv {
  const { WATCH_REPORT_DEPENDENCIES: _, ...rest } = ownEnvironment()
  return { ...rest, ...changes }
}

/** For a process that is to know none of our settings and secrets. */
export function bareEnvironment(changes: Record<string, string>): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, TZ: process.env.TZ, ...changes }
}

/** Whether npm runs us, through a shell perhaps: then we are to end when that does. */
export function isStartedByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined
}

/** npm 9 catches SIGTERM and does nothing with it: neither it nor we end. */
export function npmKeepsSignals(): boolean {
  return isStartedByNpm() && /^npm\/9\./.test(process.env.npm_config_user_agent ?? '')
}
