import { spawnSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'

const firstLine = (program: string, ...args: string[]) =>
  spawnSync(program, args, { encoding: 'utf8' }).stdout?.split('\n')[0]?.trim() ?? ''

/** The machine that the figures were measured on. */
export const machine = {
  cpus: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
}

/** `postgres` is added once one runs. */
export const versions: Record<string, string> = {
  node: process.version,
  redis: /v=(\S+)/.exec(firstLine('redis-server', '--version'))?.[1] ?? 'none',
  commit: firstLine('git', 'rev-parse', '--short', 'HEAD'),
}
