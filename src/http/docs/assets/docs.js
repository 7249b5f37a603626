// Deep links, copying, the language of samples. Everything can be read without it.

openTarget()
addEventListener('hashchange', openTarget)
for (const code of document.querySelectorAll('main pre')) addCopyButton(code)
rememberLanguage()
markWhereYouAre()

/** A link to something folded opens it; a link to an operation of the former single page leads to its page. */
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (!target) return
  if (location.pathname === '/docs' && target.matches('.index > li, .names > li')) {
    location.replace(target.querySelector('a').href)
    return
  }
  const folded = target.closest('details') ?? target.querySelector(':scope > details')
  if (folded) {
    folded.open = true
    target.scrollIntoView()
  }
}

function addCopyButton(code) {
  const place = document.createElement('div')
  place.className = code.classList.contains('sample') ? `copied ${code.className}` : 'copied'
  code.replaceWith(place)
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(code.textContent)
    button.textContent = 'Copied'
    setTimeout(() => {
      button.textContent = 'Copy'
    }, 2000)
  })
  place.append(code, button)
}

/** The chosen language holds on every page of this browser. */
function rememberLanguage() {
  const choices = document.querySelectorAll('[name=language]')
  for (const choice of choices) {
    if (choice.value === localStorage.getItem('language')) choice.checked = true
    choice.addEventListener('change', () => localStorage.setItem('language', choice.value))
  }
}

/** Marks the operation in view in the navigation. */
function markWhereYouAre() {
  const links = new Map(
    [...document.querySelectorAll('#navigation li li a')].map((link) => [
      new URL(link.href).hash.slice(1),
      link,
    ]),
  )
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const link = links.get(target.id)
        if (!link || !isIntersecting) continue
        for (const other of links.values()) other.removeAttribute('aria-current')
        link.setAttribute('aria-current', 'location')
      }
    },
    { rootMargin: '-20% 0px -75% 0px' },
  )
  for (const section of document.querySelectorAll('.operation, main h2[id]')) seen.observe(section)
}
