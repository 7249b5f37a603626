// The search: what it finds comes from /docs/search.json.

showSearch()

function showSearch() {
  const box = document.querySelector('search')
  const input = box.querySelector('input')
  const list = box.querySelector('ul')
  let entries = null
  let chosen = 0

  box.hidden = false
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target.closest('input, textarea, select')) return
    event.preventDefault()
    input.focus()
  })
  input.addEventListener('focus', load, { once: true })
  input.addEventListener('input', show)
  input.addEventListener('keydown', (event) => {
    const options = list.children
    if (event.key === 'Escape') close()
    if (event.key === 'ArrowDown') choose(Math.min(chosen + 1, options.length - 1))
    if (event.key === 'ArrowUp') choose(Math.max(chosen - 1, 0))
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') event.preventDefault()
    if (event.key === 'Enter') options[chosen]?.click()
  })
  input.addEventListener('blur', close)

  async function load() {
    const answer = await fetch('/docs/search.json')
    entries = await answer.json()
    show()
  }

  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean)
    if (!entries || words.length === 0) return close()
    const found = entries
      .map((entry) => ({ entry, rank: rankOf(entry, words) }))
      .filter(({ rank }) => rank > 0)
      .sort((a, b) => b.rank - a.rank)
      .slice(0, 12)
    list.replaceChildren(...found.map(({ entry }, i) => option(entry, i)))
    list.hidden = found.length === 0
    input.setAttribute('aria-expanded', String(found.length > 0))
    choose(0)
  }

  function option({ title, kind, href }, i) {
    const item = document.createElement('li')
    item.id = `found-${i}`
    item.role = 'option'
    const small = document.createElement('small')
    small.textContent = kind
    item.append(title, small)
    item.addEventListener('mousedown', (event) => event.preventDefault())
    item.addEventListener('click', () => {
      close()
      location.assign(href)
    })
    return item
  }

  function choose(i) {
    chosen = i
    for (const [n, item] of [...list.children].entries()) item.ariaSelected = String(n === i)
    const item = list.children[i]
    if (item) input.setAttribute('aria-activedescendant', item.id)
    else input.removeAttribute('aria-activedescendant')
    item?.scrollIntoView({ block: 'nearest' })
  }

  function close() {
    list.hidden = true
    list.replaceChildren()
    input.setAttribute('aria-expanded', 'false')
    input.removeAttribute('aria-activedescendant')
  }
}

/** 0 if a word is missing; more for words at the start of the title. */
function rankOf({ title, kind, words: more = '' }, words) {
  const [name, rest] = [title.toLowerCase(), `${kind} ${more}`.toLowerCase()]
  let rank = 0
  for (const word of words) {
    if (name.startsWith(word)) rank += 8
    else if (name.includes(word)) rank += 4
    else if (rest.includes(word)) rank += 1
    else return 0
  }
  return rank + (/^(GET|POST|PUT|PATCH|DELETE) /.test(kind) ? 2 : 0) + 1 / title.length
}
