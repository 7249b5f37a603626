import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const markdownIn = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `${folder}/${name}`)

/** What a user is expected to paste from, in the order of reading. */
export const PASTED = ['README.md', ...markdownIn('docs/guides')]
export const DOCUMENTS = [
  ...['CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md'],
  ...PASTED,
  ...markdownIn('docs'),
  ...markdownIn('docs/integrations'),
]

export type Block = {
  document: string
  /** The number of the fence's line. */
  line: number
  language: string
  text: string
  /** Why it cannot run here: `<!-- not run: reason -->` on the line before the fence. */
  notRun: string | null
  /** The errors that it shows, sorted: `<!-- answers: code_incorrect, … -->` on the line before the fence. */
  answers: string[]
}

const FENCE =
  /^(?:<!-- (?<marker>not run|answers): (?<value>[^\n]*) -->\n)?```(?<language>\w+)\n(?<text>.*?)^```$/gms

/** The fenced blocks of a document. */
export function blocksOf(document: string): Block[] {
  const text = read(document)
  return [...text.matchAll(FENCE)].map(({ index, groups = {} }) => {
    const { marker, value = '', language = '', text: code = '' } = groups
    return {
      document,
      line: text.slice(0, index).split('\n').length + (marker ? 1 : 0),
      language,
      text: code,
      notRun: marker === 'not run' ? value : null,
      answers: marker === 'answers' ? value.split(', ').sort() : [],
    }
  })
}
