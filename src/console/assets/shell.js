// On every page: buttons that copy the text before them. The style sheet hides them from browsers without scripts.
const COPIED_MS = 2000

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('button.copy')
  if (!button) return
  await copy(button.previousElementSibling)
  const words = button.querySelector('span')
  const text = words.textContent
  words.textContent = button.dataset.copied
  button.classList.add('done')
  setTimeout(() => {
    words.textContent = text
    button.classList.remove('done')
  }, COPIED_MS)
})

/** Browsers have a clipboard only over HTTPS and on this machine; elsewhere the text is selected and copied. */
async function copy(element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent)
  getSelection().selectAllChildren(element)
  document.execCommand('copy')
}

// Times are shown in the zone of this browser, which the server learns from a cookie, unless another one is chosen.
const root = document.documentElement
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
const cookie = `ringproof_browser_zone=${encodeURIComponent(zone)}`
const isTold = () => document.cookie.split('; ').includes(cookie)
if (zone && !isTold()) {
  const secure = location.protocol === 'https:' ? '; secure' : ''
  // biome-ignore lint/suspicious/noDocumentCookie: over HTTP there is no cookie store.
  document.cookie = `${cookie}; path=/console; max-age=31536000; samesite=strict${secure}`
  // Only a page that may be asked for again says its zone.
  const shown = root.dataset.zone
  if (shown && shown !== zone && isTold() && document.querySelector('main time')) location.reload()
}

document.querySelector('.zone')?.addEventListener(
  'toggle',
  () => {
    const names = Intl.supportedValuesOf('timeZone').map((name) => new Option('', name))
    document.getElementById('zones').replaceChildren(...names)
  },
  { once: true },
)

// A menu closes by Escape, and when the user turns to something else.
for (const menu of document.querySelectorAll('.switch, .zone')) {
  menu.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !menu.open) return
    menu.open = false
    menu.querySelector('summary').focus()
  })
  document.addEventListener('click', ({ target }) => {
    if (!menu.contains(target)) menu.open = false
  })
}
