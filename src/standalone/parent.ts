const POLL_MS = 200

/** Calls `gone` once the process that started this one has ended; the system sends no notice. */
export function onParentGone(gone: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    gone()
  }, POLL_MS)
  timer.unref()
}
