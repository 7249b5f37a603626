import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from './figure.ts'

/** Resident memory of a process, in MiB. Linux only. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}

/** The median of many samples over some seconds: memory fluctuates. */
export async function usualMiB(pid: number, seconds: number): Promise<number> {
  const seen: number[] = []
  const until = performance.now() + seconds * 1000
  while (seen.length === 0 || performance.now() < until) {
    seen.push(await residentMiB(pid))
    await sleep(200)
  }
  return median(seen)
}
