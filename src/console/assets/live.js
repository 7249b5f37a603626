// Keeps a page, or the parts of it that `data-page` has as well, up to date: by server-sent events, or else by polling.
const POLL_MS = 2000
let root = document.querySelector('[data-live]')
let source = null
let timer = 0
let running = false
let again = false

async function refresh() {
  if (running) {
    again = true
    return
  }
  running = true
  try {
    const answer = await fetch(root.dataset.page ?? location.href, {
      headers: { accept: 'text/html' },
      cache: 'no-store',
    })
    if (answer.redirected) return location.reload()
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), 'text/html'))
  } catch {
    // Offline: the next refresh may succeed.
  } finally {
    running = false
    if (again) {
      again = false
      refresh()
    }
  }
}

function show(next) {
  for (const part of document.querySelectorAll('[data-part]')) {
    const other = next.querySelector(`[data-part="${part.dataset.part}"]`)
    if (!other || other.innerHTML === part.innerHTML) continue
    // Leaves a form alone while its state is the same: the user may be typing.
    if (part.dataset.state !== undefined && part.dataset.state === other.dataset.state) continue
    const focused = part.contains(document.activeElement) ? document.activeElement.id : ''
    const typed = part.querySelector('input:not([type=hidden])')?.value
    part.innerHTML = other.innerHTML
    if (other.dataset.state !== undefined) part.dataset.state = other.dataset.state
    const field = part.querySelector('input:not([type=hidden])')
    if (field && typed) field.value = typed
    if (focused) document.getElementById(focused)?.focus()
    if (field?.autofocus && document.activeElement === document.body) field.focus()
  }
  root = next.querySelector('[data-live]')
  if (!root) stop()
}

function stop() {
  source?.close()
  clearInterval(timer)
}

function poll() {
  source?.close()
  clearInterval(timer)
  timer = setInterval(refresh, POLL_MS)
}

if (root) {
  source = new EventSource(root.dataset.live)
  source.addEventListener('change', refresh)
  source.addEventListener('end', () => {
    source.close()
    refresh()
  })
  source.addEventListener('error', () => {
    // The browser reopens a stream that ended, but not one that was refused.
    if (source.readyState === EventSource.CLOSED) poll()
  })
  addEventListener('pagehide', stop)
}
