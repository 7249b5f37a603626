import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process; its start time tells it from a later one with the same id. */
export type Identity = { pid: number; began: string | null }

const PATIENCE_MS = 1000

export function identify(pid: number): Identity {
  return { pid, began: whenBegan(pid) }
}

/**
 * Children of a killed start end by themselves; any still working on their last requests are stopped, because
 * they may hold our port. PostgreSQL holds the truth, so nothing is lost.
 */
export async function endLeftovers(children: Identity[]): Promise<void> {
  const remaining = () => children.filter(({ pid, began }) => began !== null && whenBegan(pid) === began)
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const { pid } of remaining()) send(pid, signal)
    const deadline = performance.now() + PATIENCE_MS
    while (remaining().length > 0 && performance.now() < deadline) await sleep(20)
  }
}

/** Null for a process that is gone. */
function whenBegan(pid: number): string | null {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const STARTTIME = 18
    return state === 'Z' ? null : (fields[STARTTIME] ?? null)
  } catch {
    return null
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended between the check and the signal.
  }
}
