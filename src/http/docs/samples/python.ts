import { literal, type Style } from './literal.ts'
import type { SampleRequest } from './request.ts'

const STYLE: Style = {
  object: ['{', '}'],
  array: ['[', ']'],
  pair: (name, value) => `${JSON.stringify(name)}: ${value}`,
  string: (text) => JSON.stringify(text),
  words: ['True', 'False', 'None'],
  indent: '    ',
}

/** The request with the package `requests`. */
export function pythonSample({ method, url, key, body, answers }: SampleRequest): string {
  const lines = [
    JSON.stringify(url),
    ...(key ? [`headers={"Authorization": ${JSON.stringify(`Bearer ${key}`)}}`] : []),
    ...(body === undefined ? [] : [`json=${literal(body, STYLE, 1)}`]),
    'timeout=10',
  ]
  const end = { json: 'response.json()', text: 'response.text', nothing: 'response.status_code' }
  return `import requests

response = requests.${method.toLowerCase()}(
${lines.map((line) => `    ${line},\n`).join('')})
response.raise_for_status()
print(${end[answers]})`
}
