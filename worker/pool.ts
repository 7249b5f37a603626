export type Pool = {
  /** Waits for room, starts the work, and resolves without waiting for its end; false, when the pool was closed before. */
  take(work: Work): Promise<boolean>
  /** Starts nothing any more; resolves when all that is under way has ended. */
  drain(): Promise<void>
}

/** Sees to its own errors: it never rejects. */
type Work = () => Promise<void>

/** At most `size` works at a time. Those that wait begin in the order in which they came. */
export function createPool(size: number): Pool {
  const running = new Set<Promise<void>>()
  const waiting: { work: Work; taken(began: boolean): void }[] = []
  let closed = false

  function fill(): void {
    while (running.size < size) {
      const next = waiting.shift()
      if (!next) return
      const run = next.work().finally(() => {
        running.delete(run)
        fill()
      })
      running.add(run)
      next.taken(true)
    }
  }

  return {
    take(work) {
      return new Promise((taken) => {
        if (closed) return taken(false)
        waiting.push({ work, taken })
        fill()
      })
    },
    async drain() {
      closed = true
      for (const { taken } of waiting.splice(0)) taken(false)
      await Promise.all(running)
    },
  }
}
