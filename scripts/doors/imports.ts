import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { sleeps } from './sleeps.ts'

export type Import = {
  /** A path from the root of the repository, or the name of a package. */
  target: string
  /** Nothing of it remains once types are stripped. */
  typeOnly: boolean
}

export type Module = { path: string; imports: Import[]; readsEnvironment: boolean; sleeps: boolean }

/** Every TypeScript file of ours under `folders` (relative to `root`). */
export function readModules(root: string, folders: string[]): Module[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
      .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
      .map((path) => parseModule(path, readFileSync(join(root, path), 'utf8'))),
  )
}

const STATEMENT =
  /^[ \t]*(?:(?:import|export)\b(?<clause>[^'"`;()]*?)\bfrom\s*|import\s*)['"](?<target>[^'"\n]+)['"]/gm
const CALL = /\bimport\(\s*['"](?<target>[^'"\n]+)['"]/g

/**
 * Finds static and dynamic imports in the text. An `import(…)` used as a type counts as a value: write
 * `import type` instead.
 */
export function parseModule(path: string, source: string): Module {
  const text = withoutComments(source)
  const statements = [...text.matchAll(STATEMENT)].map(({ groups }) => ({
    target: resolve(path, groups?.target ?? ''),
    typeOnly: /^\s*type\b(?!\s*(,|from\b))/.test(groups?.clause ?? ''),
  }))
  const calls = [...text.matchAll(CALL)].map(({ groups }) => ({
    target: resolve(path, groups?.target ?? ''),
    typeOnly: false,
  }))
  return {
    path,
    imports: [...statements, ...calls],
    readsEnvironment: /\bprocess\s*\.\s*env\b/.test(text),
    sleeps: sleeps(text),
  }
}

function resolve(from: string, target: string): string {
  return target.startsWith('.') ? posix.join(posix.dirname(from), target) : target
}

const COMMENT_OR_TEXT = /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

function withoutComments(source: string): string {
  return source.replace(COMMENT_OR_TEXT, (part) => (part.startsWith('/') ? ' ' : part))
}
