import type { Words } from './words.ts'

export type Parts = ReturnType<typeof view>

/** Fills the shadow root with the form, once; its texts change in place, so that no typed digit is lost. */
export function view(root: ShadowRoot, words: Words) {
  function part<K extends keyof HTMLElementTagNameMap>(
    name: K,
    part: string,
    attributes: Record<string, string> = {},
    ...children: (Node | string)[]
  ): HTMLElementTagNameMap[K] {
    const element = document.createElement(name)
    element.setAttribute('part', part)
    element.className = part
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
    element.append(...children)
    return element
  }
  const todo = part('p', 'todo', { id: 'todo' })
  const hint = part('span', 'hint', { id: 'hint' })
  const masked = part('span', 'masked', { dir: 'ltr', 'aria-hidden': 'true' })
  const code = part('input', 'code', {
    id: 'code',
    name: 'code',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    spellcheck: 'false',
    dir: 'ltr',
    required: '',
    'aria-describedby': 'todo hint problem',
  })
  const submit = part('button', 'submit', { type: 'submit' }, words.submit)
  const form = part(
    'form',
    'form',
    { novalidate: '' },
    part('label', 'label', { for: 'code' }, words.label),
    code,
    submit,
  )
  const number = part('a', 'number', { dir: 'ltr' })
  const qr = part('div', 'qr')
  const problem = part('p', 'problem', { id: 'problem', role: 'alert' })
  const status = part('p', 'status', { role: 'status', 'aria-live': 'polite' })
  const retry = part('button', 'retry', { type: 'button' })
  const next = part('button', 'next', { type: 'button' })
  const left = part('p', 'left soft')
  root.replaceChildren(
    part(
      'section',
      'form-area',
      { 'aria-labelledby': 'title' },
      part('h2', 'title', { id: 'title' }, words.title),
      todo,
      part('p', 'caller soft', {}, hint, ' ', masked),
      number,
      qr,
      form,
      problem,
      status,
      part('div', 'actions', {}, retry, next),
      left,
    ),
  )
  return { todo, hint, masked, code, submit, form, number, qr, problem, status, retry, next, left }
}
