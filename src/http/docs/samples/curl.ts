import type { SampleRequest } from './request.ts'

/** In single quotes for a POSIX shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** The request as a command for a shell. */
export function curlSample({ method, url, key, body }: SampleRequest): string {
  const needsMethod = method !== (body === undefined ? 'GET' : 'POST')
  return [
    `curl -s ${needsMethod ? `-X ${method} ` : ''}${quoted(url)}`,
    ...(key ? [`-H ${quoted(`Authorization: Bearer ${key}`)}`] : []),
    ...(body === undefined
      ? []
      : [`-H ${quoted('Content-Type: application/json')}`, `-d ${quoted(JSON.stringify(body, null, 2))}`]),
  ].join(' \\\n  ')
}
