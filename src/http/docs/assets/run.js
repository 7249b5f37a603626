// “Run it”: sends the example of an operation with the reader's test key, which is kept in this page only.

const PLACEHOLDER = 'rp_test_YOUR_KEY'
const TEST_KEY = /^rp_test_[A-Za-z0-9]{20,}$/
const input = document.querySelector('#key')
const help = document.querySelector('.key-help')
let shown = PLACEHOLDER

if (input) {
  input.closest('label').hidden = false
  input.form.addEventListener('submit', (event) => event.preventDefault())
  input.addEventListener('input', useKey)
  for (const button of document.querySelectorAll('button.run')) {
    button.hidden = false
    button.addEventListener('click', () => openForm(button), { once: true })
  }
}

const keyGiven = () => (TEST_KEY.test(input.value.trim()) ? input.value.trim() : null)

/** Shows the key in the samples, and says what is wrong with another. */
function useKey() {
  const key = keyGiven()
  const isLive = input.value.trim().startsWith('rp_live_')
  if (isLive) input.value = ''
  tell(
    isLive
      ? 'A live key would call real phones: this page takes test keys only.'
      : key || input.value === ''
        ? ''
        : 'A test key begins with rp_test_.',
  )
  const next = key ?? PLACEHOLDER
  for (const code of document.querySelectorAll('.sample code')) {
    code.textContent = code.textContent.replaceAll(shown, next)
  }
  shown = next
}

function tell(text) {
  help.textContent = text
  help.hidden = text === ''
}

/** A field for each parameter and the body, filled with the example. */
function openForm(button) {
  const run = JSON.parse(button.dataset.run)
  const form = document.createElement('form')
  form.className = 'try'
  const fields = run.parameters.map(({ name, place, example }) => {
    const field = document.createElement('input')
    field.value = place === 'path' ? '' : example
    field.placeholder = example
    field.required = place === 'path'
    form.append(labelled(name, field))
    return { name, place, field }
  })
  const body = document.createElement('textarea')
  if (run.body !== null) {
    body.value = run.body
    body.rows = run.body.split('\n').length
    body.spellcheck = false
    form.append(labelled('Body', body))
  }
  const send = document.createElement('button')
  send.textContent = 'Send'
  const result = document.createElement('div')
  result.className = 'result'
  result.setAttribute('role', 'status')
  form.append(send, result)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    send.disabled = true
    try {
      await sendRequest(run, fields, body.value, result)
    } finally {
      send.disabled = false
    }
  })
  button.replaceWith(form)
  form.querySelector('input, textarea, button').focus()
}

function labelled(text, field) {
  const label = document.createElement('label')
  const name = document.createElement('code')
  name.textContent = text
  label.append(name, field)
  return label
}

async function sendRequest(run, fields, body, result) {
  const key = keyGiven()
  if (!key) {
    tell('Enter your test key first: npm start prints one, and the console makes more.')
    input.focus()
    return
  }
  const of = (wanted) => fields.filter(({ place, field }) => place === wanted && field.value !== '')
  const path = of('path').reduce(
    (made, { name, field }) => made.replace(`{${name}}`, encodeURIComponent(field.value.trim())),
    run.path,
  )
  const query = new URLSearchParams(of('query').map(({ name, field }) => [name, field.value.trim()]))
  const startedAt = performance.now()
  try {
    const answer = await fetch(`${path}${query.size > 0 ? `?${query}` : ''}`, {
      method: run.method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(run.body !== null && { 'content-type': 'application/json' }),
      },
      credentials: 'omit',
      ...(run.body !== null && { body }),
    })
    const text = await answer.text()
    showAnswer(result, answer, text, Math.round(performance.now() - startedAt))
  } catch (error) {
    result.textContent = `The request could not be sent: ${error.message}`
  }
}

function showAnswer(result, { status, headers }, text, milliseconds) {
  const line = document.createElement('p')
  const code = document.createElement('code')
  code.className = `status ${status < 300 ? 'good' : 'bad'}`
  code.textContent = status
  line.append(code, ` in ${milliseconds} ms`)
  const names = document.createElement('details')
  const summary = document.createElement('summary')
  summary.textContent = 'Headers'
  names.append(summary, pre([...headers].map(([name, value]) => `${name}: ${value}`).join('\n')))
  result.replaceChildren(line, pre(readable(text)), names)
}

function pre(text) {
  const element = document.createElement('pre')
  element.tabIndex = 0
  element.textContent = text
  return element
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
