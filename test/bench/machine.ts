import { spawnSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import type { Bed } from './bed.ts'

const firstLine = (program: string, ...args: string[]) =>
  spawnSync(program, args, { encoding: 'utf8' }).stdout?.split('\n')[0]?.trim() ?? ''

/** The machine that the figures were measured on. */
export const machine = {
  cpus: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
}

export const versions: Record<string, string> = {
  node: process.version,
  redis: /v=(\S+)/.exec(firstLine('redis-server', '--version'))?.[1] ?? 'none',
  commit: firstLine('git', 'rev-parse', '--short', 'HEAD'),
}

/** Asks the bed's PostgreSQL for its version, once. */
export async function rememberPostgres({ app }: Bed): Promise<void> {
  const [row] = await app.db.sql<{ version: string }[]>`select current_setting('server_version') as version`
  versions.postgres = row?.version ?? 'unknown'
}
