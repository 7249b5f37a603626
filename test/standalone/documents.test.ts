import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/performance.md',
  'docs/production.md',
  'docs/scaling.md',
  'docs/security.md',
]

/** As GitHub makes them. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

test.each(DOCUMENTS)('every link of %s leads somewhere', (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
  const broken = links.filter(([, path = '', anchor]) => {
    const target = path ? join(dirname(document), path) : document
    return !existsSync(join(ROOT, target)) || (anchor && !anchors(read(target)).includes(anchor))
  })
  expect(broken.map(([link]) => link)).toEqual([])
})

test('the README explains every variable that is read', () => {
  const wanted = [...read('src/process/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name)
  const explained = [...read('README.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
  const distinct = new Set(wanted.filter((name) => name !== 'NODE_ENV'))
  expect(explained.sort()).toEqual([...distinct].sort())
})

test.each(DOCUMENTS)('every file and script that %s names exists', (document) => {
  const text = read(document)
  const paths = [...text.matchAll(/`((?:src|worker|test|scripts|docs|migrations)\/[\w./-]*)`/g)].map(
    ([, path]) => path ?? '',
  )
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = [...text.matchAll(/npm run ([a-z-]+)/g)].map(([, name]) => name ?? '')
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})
