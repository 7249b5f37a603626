import { setTimeout as sleep } from 'node:timers/promises'

export type WaitOptions = {
  timeoutMs?: number
  /** Named in the error when the time is up. */
  what?: string
  /** Between two checks. */
  pauseMs?: number
}

/**
 * Repeats `check` until it returns something truthy, and returns that. An error that it throws counts as
 * "not yet", and becomes the cause when the time is up.
 */
export async function waitFor<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 10_000, what = 'the condition', pauseMs = 20 }: WaitOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const value = await check()
      if (value) return value
      last = value
    } catch (error) {
      last = error
    }
    if (performance.now() >= deadline) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last)
      throw new Error(`waited ${timeoutMs} ms for ${what}; last seen: ${seen}`, { cause: last })
    }
    await sleep(pauseMs)
  }
}
