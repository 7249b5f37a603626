import { readFileSync } from 'node:fs'

/** The parts whose processor time is told apart. `load` is this process: load generator, simulated operators. */
export const PARTS = ['api', 'worker', 'postgres', 'redis', 'load'] as const

/** Milliseconds of processor time. */
export type Cpu = Record<(typeof PARTS)[number], number>

/** The ids of each part's processes; of PostgreSQL, the postmaster's. */
export type Processes = Record<Exclude<keyof Cpu, 'load'>, number[]>

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10

/**
 * The processor time, in milliseconds, of a process, of its children, and of those that have ended: sessions
 * of PostgreSQL come and go. Linux only.
 */
export function treeMs(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + msIfAlive(Number(child)), ownMs(pid))
}

function msIfAlive(pid: number): number {
  try {
    return treeMs(pid)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return 0
    throw error
  }
}

/** Of a process and its children that have ended: utime, stime, cutime and cstime of proc_pid_stat(5). */
function ownMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return afterName.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MS
}

function spent(processes: Processes): Cpu {
  const sum = (pids: number[]) => pids.reduce((total, pid) => total + treeMs(pid), 0)
  const { user, system } = process.cpuUsage()
  return {
    api: sum(processes.api),
    worker: sum(processes.worker),
    postgres: sum(processes.postgres),
    redis: sum(processes.redis),
    load: (user + system) / 1000,
  }
}

export const byPart = (of: (part: keyof Cpu) => number): Cpu =>
  Object.fromEntries(PARTS.map((part) => [part, of(part)])) as Cpu

/**
 * Starts to measure. The function it returns ends that, and tells the milliseconds per operation, to the
 * microsecond.
 */
export function startMeter(processes: Processes): (operations: number) => Cpu {
  const before = spent(processes)
  return (operations) => {
    const after = spent(processes)
    return byPart(
      (part) => Math.round(((after[part] - before[part]) * 1000) / Math.max(1, operations)) / 1000,
    )
  }
}

/** What an operation costs all processes together, without the load generator. */
export const workOf = ({ api, worker, postgres, redis }: Cpu): number => api + worker + postgres + redis
