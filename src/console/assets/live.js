// Keeps a page, or the parts of it that `data-page` has as well, up to date: by server-sent events, or else by polling.
// Waits while somebody reads.
const POLL_MS = 2000
let root = document.querySelector('[data-live]')
let address = ''
let source = null
let timer = 0
let running = false
let again = false
let waiting = false

/** Whether a change would pull the text from under the reader. */
function isReading() {
  const selection = getSelection()
  if (selection && !selection.isCollapsed && root?.contains(selection.anchorNode)) return true
  if (!root?.hasAttribute('data-pauses')) return false
  const part = root.querySelector('[data-part]')
  return part.contains(document.activeElement) || part.matches(':hover')
}

function say() {
  const line = document.querySelector('[data-live-state]')
  if (!line || !source) return
  const text = isReading() ? line.dataset.pausedText : line.dataset.liveText
  if (line.textContent !== text) line.textContent = text
}

function news() {
  waiting = isReading()
  if (!waiting) refresh()
}

function look() {
  say()
  if (waiting && !isReading()) news()
}

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
    const text = await answer.text()
    if (isReading()) waiting = true
    else if (answer.ok) show(new DOMParser().parseFromString(text, 'text/html'))
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
  if (!next.querySelector('[data-live]')) {
    root = null
    stop()
  }
}

function stop() {
  source?.close()
  source = null
  clearInterval(timer)
}

function poll() {
  stop()
  timer = setInterval(news, POLL_MS)
}

function follow(url) {
  stop()
  address = url
  if (!url || document.hidden) return
  const own = new EventSource(url)
  source = own
  own.addEventListener('change', news)
  own.addEventListener('end', () => {
    stop()
    refresh()
  })
  own.addEventListener('error', () => {
    // The browser reopens a stream that ended, but not one that was refused.
    if (own.readyState === EventSource.CLOSED && source === own) poll()
  })
  say()
}

if (root) {
  follow(root.dataset.live)
  document.addEventListener('searched', ({ detail }) => follow(detail))
  for (const kind of ['selectionchange', 'focusin', 'focusout', 'pointerover', 'pointerout'])
    document.addEventListener(kind, () => setTimeout(look))
  addEventListener('pagehide', stop)
  // Browsers open six connections to a host over HTTP/1.1: streams of hidden tabs would leave none for other pages.
  document.addEventListener('visibilitychange', () => {
    if (root) follow(address)
  })
}
