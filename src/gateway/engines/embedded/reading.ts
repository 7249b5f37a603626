import sip, { type Message } from 'sip'

const HEAD_BYTES_MAX = 16_384
const BODY_BYTES_MAX = 65_536
/** The package’s expressions take quadratic time: at this length 10 ms, for a whole datagram seconds. */
const LINE_MAX = 2_048

/** Reads one message; null if it is none, or unlike anything that a trunk sends. */
export function readMessage(data: Buffer): Message | null {
  const end = data.indexOf('\r\n\r\n')
  if (end < 0 || end > HEAD_BYTES_MAX) return null
  const lines = data.toString('latin1', 0, end).split(/\r\n(?![ \t])/)
  if (lines.some((line) => line.length > LINE_MAX)) return null
  try {
    const message = sip.parse(data)
    return message && isWhole(message) ? message : null
  } catch {
    return null
  }
}

/** Cuts a stream into messages. `broken`: it is none of SIP, or a message is too long; nothing is read any more. */
export function createStreamReader(heard: (message: Message) => void, broken: () => void) {
  let rest: Buffer = Buffer.alloc(0)

  /** The bytes of the first message; 0: it is not whole. */
  function firstLength(): number {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return rest.length > HEAD_BYTES_MAX ? Number.NaN : 0
    const head = rest.toString('latin1', 0, Math.min(end, HEAD_BYTES_MAX + 1))
    const body = Number(/^(?:content-length|l)[ \t]*:(.*)$/im.exec(head)?.[1] ?? 0)
    if (head.length > HEAD_BYTES_MAX || !Number.isInteger(body) || body < 0 || body > BODY_BYTES_MAX) {
      return Number.NaN
    }
    const length = end + 4 + body
    return rest.length < length ? 0 : length
  }

  return (data: Buffer): void => {
    rest = Buffer.concat([rest, data])
    for (;;) {
      // Empty lines between messages keep the connection open (RFC 5626 §3.5.1).
      while (rest[0] === 13 || rest[0] === 10) rest = rest.subarray(1)
      const length = firstLength()
      if (Number.isNaN(length)) broken()
      if (!(length > 0)) return
      const message = readMessage(rest.subarray(0, length))
      rest = rest.subarray(length)
      if (message) heard(message)
    }
  }
}

/** Whether everything is there that transactions read. */
function isWhole(message: Message): boolean {
  const { headers } = message
  const via = headers?.via
  return Boolean(
    ('method' in message || (message.status >= 100 && message.status <= 699)) &&
      Array.isArray(via) &&
      via[0]?.params &&
      typeof headers['call-id'] === 'string' &&
      headers.from?.uri &&
      headers.to?.uri &&
      headers.cseq?.method,
  )
}
