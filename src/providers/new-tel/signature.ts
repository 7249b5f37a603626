import { createHash, timingSafeEqual } from 'node:crypto'

/** What a signature covers. `time`: Unix seconds, ten digits. `content`: the exact bytes of the body. */
export type Signed = {
  method: string
  time: string
  accessKey: string
  signKey: string
  content: string | Buffer
}

/**
 * SHA-256 over method, time, access key, body and sign key, joined by line feeds, as 64 hexadecimal digits
 * ("Аутентификация и авторизация"). An answer is signed the same way, over its own body ("Подпись ответа").
 */
export function signatureOf({ method, time, accessKey, signKey, content }: Signed): string {
  return createHash('sha256')
    .update(`${method}\n${time}\n${accessKey}\n`)
    .update(content)
    .update(`\n${signKey}`)
    .digest('hex')
}

/**
 * The bearer of a request: access key (48), time (10), signature (64). That is 122 characters; the document
 * says 112.
 */
export function bearerOf(signed: Signed): string {
  return signed.accessKey + signed.time + signatureOf(signed)
}

/** The parts of a bearer; null if it is malformed. */
export function readBearer(bearer: string): { accessKey: string; time: string; signature: string } | null {
  const [, accessKey, time, signature] = /^([0-9a-f]{48})(\d{10})([0-9a-f]{64})$/.exec(bearer) ?? []
  return accessKey && time && signature ? { accessKey, time, signature } : null
}

/** Whether `signature` is right; compares in constant time. */
export function isRightSignature(signature: string, signed: Signed): boolean {
  const given = Buffer.from(signature.trim().toLowerCase())
  const right = Buffer.from(signatureOf(signed))
  return given.length === right.length && timingSafeEqual(given, right)
}

const MARK = Buffer.from('\uFEFF')

/**
 * Whether a signature is right for an answer. According to the document it covers "the text content of the
 * answer", which may include or exclude a byte-order mark and compression. Accepts all three, since they
 * contain the same text.
 */
export function signs(
  signature: string,
  request: Omit<Signed, 'content'>,
  { content, body }: { content: Buffer; body: Buffer },
): boolean {
  const withoutMark = content.subarray(0, 3).equals(MARK) ? content.subarray(3) : content
  return [content, withoutMark, body].some((bytes) =>
    isRightSignature(signature, { ...request, content: bytes }),
  )
}
