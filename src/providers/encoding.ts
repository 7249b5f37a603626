import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib'

type Decode = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const [unzip, unbrotli, unzstd] = [promisify(gunzip), promisify(brotliDecompress), promisify(zstdDecompress)]
const [undeflate, undeflateRaw] = [promisify(inflate), promisify(inflateRaw)]

const DECODERS: Readonly<Record<string, Decode[]>> = {
  gzip: [unzip],
  'x-gzip': [unzip],
  br: [unbrotli],
  zstd: [unzstd],
  // HTTP means the first; some servers send the second.
  deflate: [undeflate, undeflateRaw],
}
const MOST_LAYERS = 3

/**
 * The content of a body that came compressed although nobody asked for it, by its `Content-Encoding` or, where that is silent, as
 * gzip by its first bytes. What is not encoded as it says is given back as it came. `too_large`: more than `limitBytes` of content.
 */
export async function decodeBody(
  body: Buffer,
  named: string | undefined,
  limitBytes: number,
): Promise<Buffer | 'too_large'> {
  const layers = (named ?? '').toLowerCase().split(',').reverse()
  let content = body
  for (let layer = 0; layer < MOST_LAYERS && content.length > 0; layer += 1) {
    const name = isGzip(content) ? 'gzip' : (layers[layer]?.trim() ?? '')
    const decoders = Object.hasOwn(DECODERS, name) ? (DECODERS[name] ?? []) : []
    const decoded = await firstOf(decoders, content, limitBytes)
    if (decoded === 'too_large') return decoded
    if (!decoded) break
    content = decoded
  }
  return content
}

async function firstOf(decoders: readonly Decode[], bytes: Buffer, limitBytes: number) {
  for (const decode of decoders) {
    try {
      return await decode(bytes, { maxOutputLength: limitBytes })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return 'too_large'
    }
  }
  return null
}

const isGzip = (bytes: Buffer) => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Bytes as text, without a byte-order mark: UTF-8 wherever it can be, else as the mark or the content type says. */
export function decodeText(bytes: Buffer, contentType: string | undefined): string {
  const marks: Record<string, string> = { fffe: 'utf-16le', feff: 'utf-16be' }
  const named = /charset="?([\w-]+)/i.exec(contentType ?? '')?.[1]
  for (const charset of ['utf-8', marks[bytes.toString('hex', 0, 2)] ?? named]) {
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytes)
    } catch {
      // Another charset, or one that does not exist.
    }
  }
  return new TextDecoder().decode(bytes)
}
