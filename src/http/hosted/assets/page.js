// Follows the way back once the phone is confirmed: a moment later, so that the result can be read.
const READ_MS = 1500
const back = document.querySelector('#back')
document.querySelector('ringproof-verify')?.addEventListener('approved', () => {
  if (back) setTimeout(() => location.replace(back.href), READ_MS)
})
