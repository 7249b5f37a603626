import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

const EXTENSION = extname(fileURLToPath(import.meta.url))

/** The file of one of our programs, by its path from the root without an extension: JavaScript in the npm package. */
export function programFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}${EXTENSION}`, import.meta.url))
}
