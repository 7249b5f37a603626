import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const LINES_MAX = 300
/** All that people write; migrations and lock files are generated. */
const WRITTEN = ['*', '{docs,examples,scripts,sdk,src,test,worker}/**/*'].map(
  (place) => `${place}.{ts,js,cjs,css,md}`,
)
/** Tables of words, one line a text. */
const TABLES = /^src\/(?:console\/language|words)\//

/** The number of lines of every file that people write. */
export function readLengths(root: string): { path: string; lines: number }[] {
  return globSync(WRITTEN, {
    cwd: root,
    exclude: ['**/node_modules', '**/dist', '**/.next', '**/generated.ts'],
  }).map((path) => ({
    path: path.replaceAll('\\', '/'),
    lines: readFileSync(join(root, path), 'utf8').split('\n').length - 1,
  }))
}

/** One line for each file that is too long to read in one go. */
export function findLong(files: readonly { path: string; lines: number }[]): string[] {
  return files
    .filter(({ path, lines }) => lines > LINES_MAX && !TABLES.test(path))
    .map(({ path, lines }) => `${path} has ${lines} lines; at most ${LINES_MAX}`)
}
