import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOMS } from '../../scripts/doors/rooms.ts'
import { DOCUMENTS, ROOT, read } from '../docs/blocks.ts'

/** Anchors as GitHub builds them. */
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

test('configuration.md explains every variable that is read', () => {
  const wanted = [...read('src/process/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name)
  const explained = [...read('docs/configuration.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
    ([, name]) => name,
  )
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
  const named = [...text.matchAll(/npm run (?:-s )?([a-z-]+)/g)].map(([, name]) => name ?? '')
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

test('architecture.md lists the rooms as they are', () => {
  const rows = [...read('docs/architecture.md').matchAll(/^\| `([\w.-]+)` \| (.+) \|$/gm)]
  expect(rows.map(([, name, holds]) => [name, holds])).toEqual(ROOMS)
})

test('the README is short enough to be read', () => {
  expect(read('README.md').split('\n').length).toBeLessThan(120)
})
