/** A SIP request as far as the sandbox’s trunk reads it. */
export type SipRequest = { method: string; uri: string; lines: string[] }

export function readRequest(text: string): SipRequest | null {
  const [head = '', ...lines] = text.split('\r\n\r\n', 1)[0]?.split('\r\n') ?? []
  const [, method, uri] = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(head) ?? []
  return method && uri ? { method, uri, lines } : null
}

/** The value of a header; empty if it is not there. */
export function headerOf({ lines }: SipRequest, name: string): string {
  const start = `${name.toLowerCase()}:`
  return (
    lines
      .find((line) => line.toLowerCase().startsWith(start))
      ?.slice(start.length)
      .trim() ?? ''
  )
}

const REPEATED = /^(via|from|to|call-id|cseq|record-route):/i

export function replyTo(request: SipRequest, status: string, headers: string[] = []): string {
  const repeated = request.lines
    .filter((line) => REPEATED.test(line))
    .map((line) => (/^to:/i.test(line) && !/;tag=/.test(line) ? `${line};tag=sandbox` : line))
  const contact = request.method === 'INVITE' ? [`Contact: <${request.uri}>`] : []
  return [`SIP/2.0 ${status}`, ...repeated, ...contact, ...headers, 'Content-Length: 0', '\r\n'].join('\r\n')
}
