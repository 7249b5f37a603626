import { setTimeout as sleep } from 'node:timers/promises'
import { createTurns } from '../db/turns.ts'

/** More than the server admits requests; each ends by its own time limit. */
const WAITING_MAX = 1000
const PATIENCE_MS = 60_000
const REST_MAX_MS = 250

const turns = createTurns({ most: 1, mostOfOne: 1, waitingOfOne: WAITING_MAX, patienceMs: PATIENCE_MS })

/**
 * Does one piece of long work, such as a page of an export, without holding up other requests: one piece at a
 * time per process, fair between tenants, each followed by as much rest as it kept the process busy. So long
 * work never takes more than half of a process.
 */
export async function aside<T>(tenantId: string, work: () => T | Promise<T>): Promise<T> {
  const end = await turns.take(tenantId)
  const before = performance.eventLoopUtilization()
  try {
    return await work()
  } finally {
    const { active } = performance.eventLoopUtilization(before)
    sleep(Math.min(active, REST_MAX_MS)).then(end)
  }
}
