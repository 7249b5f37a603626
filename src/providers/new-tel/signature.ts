import { createHash, timingSafeEqual } from 'node:crypto'

/** What a signature covers. `time`: Unix seconds, ten digits; `content`: the exact bytes of a body. */
export type Signed = {
  method: string
  time: string
  accessKey: string
  signKey: string
  content: string | Buffer
}

/**
 * SHA-256 over method, time, access key, body and sign key, joined by line feeds, as 64 hexadecimal digits
 * ("Аутентификация и авторизация"). An answer is signed alike, over its own body ("Подпись ответа").
 */
export function signatureOf({ method, time, accessKey, signKey, content }: Signed): string {
  return createHash('sha256')
    .update(`${method}\n${time}\n${accessKey}\n`)
    .update(content)
    .update(`\n${signKey}`)
    .digest('hex')
}

/** The bearer of a request: access key (48), time (10), signature (64). The document says 112 characters; it is 122. */
export function bearerOf(signed: Signed): string {
  return signed.accessKey + signed.time + signatureOf(signed)
}

/** The parts of a bearer; null for anything that is none. */
export function readBearer(bearer: string): { accessKey: string; time: string; signature: string } | null {
  const [, accessKey, time, signature] = /^([0-9a-f]{48})(\d{10})([0-9a-f]{64})$/.exec(bearer) ?? []
  return accessKey && time && signature ? { accessKey, time, signature } : null
}

/** Whether `signature` is the right one; takes the same time for every wrong one. */
export function isRightSignature(signature: string, signed: Signed): boolean {
  const given = Buffer.from(signature.trim().toLowerCase())
  const right = Buffer.from(signatureOf(signed))
  return given.length === right.length && timingSafeEqual(given, right)
}

const MARK = Buffer.from('\uFEFF')

/**
 * Whether a signature is right for an answer. The document has it cover "the text content of the answer", which may be meant with or
 * without what was added on the way: a byte-order mark, compression. All three hold the same text.
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
