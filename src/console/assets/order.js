// Orders a list by dragging, and its buttons without a reload. Without this script the buttons submit the form.
const form = document.querySelector('form[data-order]')
const list = form?.querySelector('.order')
const announce = form?.querySelector('[data-announce]')
let dragged = null

/** Tells where an item is now. */
function tell(item) {
  const place = [...list.children].indexOf(item) + 1
  announce.textContent = `${item.dataset.name}: ${place} / ${list.children.length}`
}

/** Moves an item one place; the button that did it keeps the focus. */
function move(button, item) {
  const [verb] = button.value.split(' ')
  const other = verb === 'up' ? item.previousElementSibling : item.nextElementSibling
  if (other) verb === 'up' ? other.before(item) : other.after(item)
  button.focus()
  tell(item)
}

for (const item of list?.children ?? []) {
  item.draggable = true
  item.addEventListener('dragstart', (event) => {
    dragged = item
    item.classList.add('dragged')
    event.dataTransfer.effectAllowed = 'move'
  })
  item.addEventListener('dragend', () => {
    item.classList.remove('dragged')
    dragged = null
    tell(item)
  })
}

list?.addEventListener('dragover', (event) => {
  const over = event.target.closest('.order > li')
  if (!dragged) return
  event.preventDefault()
  if (!over || over === dragged) return
  const { top, height } = over.getBoundingClientRect()
  event.clientY < top + height / 2 ? over.before(dragged) : over.after(dragged)
})
list?.addEventListener('drop', (event) => event.preventDefault())

list?.addEventListener('click', (event) => {
  const button = event.target.closest('button')
  if (!button || !/^(up|down) /.test(button.value)) return
  event.preventDefault()
  move(button, button.closest('li'))
})
