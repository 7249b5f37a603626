import type { Module } from './imports.ts'

/**
 * Circles of imports, each as one line. Imports of types alone do not count: Node never sees them, and a verb
 * and the context that it is given do name each other's types.
 */
export function findCircles(modules: Module[]): string[] {
  const next = new Map(
    modules.map(({ path, imports }) => [
      path,
      imports.filter((imported) => !imported.typeOnly).map(({ target }) => target),
    ]),
  )
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) {
      circles.push([...trail.slice(at), path].join(' → '))
      return
    }
    if (done.has(path)) return
    for (const target of next.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of next.keys()) visit(path, [])
  return circles
}
