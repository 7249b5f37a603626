import type { SampleRequest } from './request.ts'

/** The request with the standard library, formatted as gofmt does. */
export function goSample({ method, url, key, body }: SampleRequest): string {
  const text = body === undefined ? null : JSON.stringify(body, null, 2)
  const imports = ['fmt', 'io', 'log', 'net/http', ...(text === null ? [] : ['strings'])]
  const headers = [
    ...(key ? [['Authorization', `Bearer ${key}`]] : []),
    ...(text === null ? [] : [['Content-Type', 'application/json']]),
  ]
  return `package main

import (
${imports.map((name) => `\t"${name}"\n`).join('')})

func main() {
${text === null ? '' : `\tbody := strings.NewReader(${text.includes('`') ? JSON.stringify(text) : `\`${text}\``})\n`}\trequest, err := http.NewRequest("${method}", ${JSON.stringify(url)}, ${text === null ? 'nil' : 'body'})
\tif err != nil {
\t\tlog.Fatal(err)
\t}
${headers.map(([name, value]) => `\trequest.Header.Set("${name}", ${JSON.stringify(value)})\n`).join('')}\tresponse, err := http.DefaultClient.Do(request)
\tif err != nil {
\t\tlog.Fatal(err)
\t}
\tdefer response.Body.Close()
\tanswer, err := io.ReadAll(response.Body)
\tif err != nil {
\t\tlog.Fatal(err)
\t}
\tfmt.Println(response.Status, string(answer))
}`
}
