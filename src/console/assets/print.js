// Without this script the button stays hidden; browsers print by their own menu.
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => print())
}
