// Searches while the user types; `/` and the arrow keys move. Without this script the form is submitted.
const PAUSE_MS = 200

for (const form of document.querySelectorAll('form[data-search]')) {
  const results = document.getElementById(form.dataset.search)
  const field = form.querySelector('input[type=search]')
  let timer = 0
  let latest = 0

  async function search() {
    const fields = [...new FormData(form)].filter(([, value]) => value !== '')
    const url = `${form.getAttribute('action')}?${new URLSearchParams(fields)}`
    latest += 1
    const own = latest
    results.setAttribute('aria-busy', 'true')
    try {
      const answer = await fetch(url, { headers: { accept: 'text/html' }, cache: 'no-store' })
      if (own !== latest) return
      if (answer.redirected) return location.assign(answer.url)
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const found = next.getElementById(form.dataset.search)
      if (!found) return location.assign(url)
      results.innerHTML = found.innerHTML
      history.replaceState(null, '', url)
      for (const back of document.querySelectorAll('input[name=back]')) back.value = url
      const live = next.querySelector('[data-live]')?.dataset.live ?? ''
      document.dispatchEvent(new CustomEvent('searched', { detail: live }))
      const [api, otherApi] = [document, next].map((page) => page.querySelector('[data-api]'))
      if (api && otherApi) {
        api.hidden = otherApi.hidden
        api.innerHTML = otherApi.innerHTML
      }
      for (const link of document.querySelectorAll('a[download]')) {
        const other = next.querySelector(`a[download][href^="${link.getAttribute('href').split('?')[0]}"]`)
        if (other) link.setAttribute('href', other.getAttribute('href'))
      }
    } catch {
      // Offline: submitting the form will say so.
    } finally {
      if (own === latest) results.removeAttribute('aria-busy')
    }
  }

  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(search, PAUSE_MS)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    clearTimeout(timer)
    search()
  })

  document.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const isTyping = event.target.closest('input, select, textarea') !== null
    if (event.key === '/' && !isTyping) {
      event.preventDefault()
      field.select()
      return
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    if (isTyping && event.target !== field) return
    const links = [...results.querySelectorAll('tbody th a')]
    const at = links.indexOf(document.activeElement)
    if (at === -1 && (event.target !== field || event.key === 'ArrowUp')) return
    event.preventDefault()
    const to = at + (event.key === 'ArrowDown' ? 1 : -1)
    if (to < 0) field.focus()
    else links[to]?.focus()
  })
}
