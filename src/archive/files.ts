import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'

/** A file of lines of JSON, compressed. */
export type File = { name: string; rows: number; bytes: number; sha256: string }

export type Pages = AsyncIterable<readonly string[]>

/** Writes pages of lines to a new file and to the disk, in constant memory. `sha256` and `bytes`: as compressed. */
export async function writeLines(folder: string, name: string, pages: Pages): Promise<File> {
  const hash = createHash('sha256')
  let rows = 0
  let bytes = 0
  async function* text() {
    for await (const lines of pages) {
      rows += lines.length
      if (lines.length > 0) yield `${lines.join('\n')}\n`
    }
  }
  async function* counted(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  const file = createWriteStream(`${folder}/${name}`, { flags: 'wx', mode: 0o600, flush: true })
  await pipeline(text, createGzip(), counted, file)
  return { name, rows, bytes, sha256: hash.digest('hex') }
}

/** SHA-256 and size of a file. Throws if it cannot be read. */
export async function hashFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** The lines of a compressed file. Throws if it is damaged. (`readline` would also split at U+2028.) */
export async function* readLines(path: string): AsyncIterable<string> {
  const file = createReadStream(path)
  const text = createGunzip()
  file.on('error', (error) => text.destroy(error))
  file.pipe(text).setEncoding('utf8')
  let rest = ''
  for await (const chunk of text as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest) yield rest
}

/** Makes the entries of a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
