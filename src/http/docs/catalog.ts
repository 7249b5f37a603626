import type { ApiDocument } from '../openapi/describe-api.ts'
import type { Operation, Schema } from './shapes.ts'

/** An operation with its place in the reference. */
export type Described = { id: string; method: string; path: string; operation: Operation; href: string }

/** The operations of one tag, and the objects that it is the first to use. They share a page. */
export type Group = { tag: string; about: string; href: string; operations: Described[]; objects: string[] }

export type Catalog = {
  groups: Group[]
  schemas: Record<string, Schema>
  operations: Described[]
  /** The address of an object's fields. */
  objectHref(name: string): string
}

/** A text in an address: lower case, hyphens between words, as Git hosts build the anchors of headings. */
export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** The document by pages. */
export function catalogOf(document: ApiDocument): Catalog {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => {
      const id = operation.operationId
      return { id, method: method.toUpperCase(), path, operation, href: `${hrefOfTag(operation)}#${id}` }
    }),
  )
  const abouts = new Map(document.tags?.map(({ name, description }) => [name, description ?? '']))
  const homes = new Map([['Problem', '/docs/errors']])
  const groups = [...Map.groupBy(operations, ({ operation }) => tagOf(operation))].map(([tag, own]) => {
    const href = `/docs/reference/${slugOf(tag)}`
    const objects = [...namesIn(own.map(({ operation }) => operation))].filter((name) => !homes.has(name))
    const all = withInner(objects, schemas).filter((name) => !homes.has(name))
    for (const name of all) homes.set(name, href)
    return { tag, about: abouts.get(tag) ?? '', href, operations: own, objects: all }
  })
  return { groups, schemas, operations, objectHref: (name) => `${homes.get(name) ?? '/docs'}#schema-${name}` }
}

const tagOf = ({ tags }: Operation) => tags?.[0] ?? 'Other'
const hrefOfTag = (operation: Operation) => `/docs/reference/${slugOf(tagOf(operation))}`

export const nameOf = ({ $ref }: { $ref?: string | undefined }) => $ref?.split('/').at(-1)

/** The names of the schemas that a part of the document refers to, in order. */
function namesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found
  const name = nameOf(value)
  if (name) found.add(name)
  for (const member of Object.values(value)) namesIn(member, found)
  return found
}

function withInner(names: string[], schemas: Record<string, Schema>): string[] {
  const all = new Set(names)
  for (const name of all) for (const inner of namesIn(schemas[name])) all.add(inner)
  return [...all]
}
