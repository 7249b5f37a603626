export type Pool = {
  /**
   * Waits for room, starts the work, and resolves without waiting for its end; to false if the pool closed
   * first.
   */
  take(work: Work): Promise<boolean>
  /** Starts nothing more; resolves when all running work has ended. */
  drain(): Promise<void>
}

/** Handles its own errors: never rejects. */
type Work = () => Promise<void>

/** Runs at most `size` pieces of work at a time, in the order they came. */
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
