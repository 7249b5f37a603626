const LINES_MAX = 300
/** Tables of words, one line a text. */
const TABLES = /^src\/(?:console\/language|words)\//

/** One line for each file that is too long to read in one go. */
export function findLong(modules: readonly { path: string; lines: number }[]): string[] {
  return modules
    .filter(({ path, lines }) => lines > LINES_MAX && !TABLES.test(path))
    .map(({ path, lines }) => `${path} has ${lines} lines; at most ${LINES_MAX}`)
}
