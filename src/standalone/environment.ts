/**
 * `config.ts` reads the settings; this file only passes the environment on, to `readConfig` and to child
 * processes.
 */

/** As `npm start` reads it: the service is for this machine alone unless HOST says otherwise. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, HOST: process.env.HOST || '127.0.0.1' }
}

/** For our own service processes: everything, plus `changes`. */
export function serviceEnvironment(changes: Record<string, string>): NodeJS.ProcessEnv {
  const { WATCH_REPORT_DEPENDENCIES: _, ...rest } = ownEnvironment()
  return { ...rest, ...changes }
}

/** For a process that must know none of our settings and secrets. */
export function bareEnvironment(changes: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, TZ, TERM, NO_COLOR } = process.env
  return { PATH, TZ, TERM, NO_COLOR, ...changes }
}

/** Whether npm runs us, perhaps through a shell: then we must end when it does. */
export function isStartedByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined
}

/** npm 9 catches SIGTERM and ignores it: neither npm nor we end. */
export function npmKeepsSignals(): boolean {
  return isStartedByNpm() && /^npm\/9\./.test(process.env.npm_config_user_agent ?? '')
}
