import { literal, type Style, singleQuoted } from './literal.ts'
import type { SampleRequest } from './request.ts'

const STYLE: Style = {
  object: ['{', '}'],
  array: ['[', ']'],
  pair: (name, value) => `${/^[a-z_]\w*$/i.test(name) ? name : singleQuoted(name)}: ${value}`,
  string: singleQuoted,
  words: ['true', 'false', 'null'],
  indent: '  ',
}

/** The request with `fetch`. */
export function typescriptSample({ method, url, key, body, answers }: SampleRequest): string {
  const headers = {
    ...(key && { Authorization: `Bearer ${key}` }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  }
  const options = [
    ...(method === 'GET' ? [] : [`  method: '${method}',\n`]),
    ...(Object.keys(headers).length > 0 ? [`  headers: ${literal(headers, STYLE, 1)},\n`] : []),
    ...(body === undefined ? [] : [`  body: JSON.stringify(${literal(body, STYLE, 1)}),\n`]),
  ]
  const given = options.length > 0 ? `, {\n${options.join('')}}` : ''
  const end = { json: 'await response.json()', text: 'await response.text()', nothing: 'response.status' }
  return `const response = await fetch(${singleQuoted(url)}${given})
if (!response.ok) throw new Error(await response.text())
console.log(${end[answers]})`
}
