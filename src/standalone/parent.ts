const ASK_AGAIN_MS = 200

/** Calls `gone` once the process that started this one has ended; the system tells nobody. */
export function onParentGone(gone: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    gone()
  }, ASK_AGAIN_MS)
  timer.unref()
}
