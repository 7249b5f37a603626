import { titleOf } from '../../errors.ts'
import type { Catalog } from './catalog.ts'
import { ERROR_CODES } from './errors.ts'
import { flatten } from './fields.ts'
import type { Guide } from './guides.ts'
import { LISTS } from './lists.ts'

/** What the search finds: what it is called, what kind of thing it is, where it is, more words to find it by. */
export type Entry = { title: string; kind: string; href: string; words?: string }

/** Everything that has a place of its own: operations, guides and their headings, errors, values, objects. */
export function searchIndex(catalog: Catalog, guides: Guide[]): Entry[] {
  return [
    ...catalog.operations.map(({ id, method, path, operation, href }) => ({
      title: operation.summary,
      kind: `${method} ${path}`,
      href,
      words: id,
    })),
    ...guides.flatMap(({ href, title, headings }) =>
      headings.map((heading) => ({
        title: heading.title,
        kind: heading.depth === 1 ? 'Guide' : title,
        href: heading.depth === 1 ? href : `${href}#${heading.id}`,
      })),
    ),
    ...ERROR_CODES.map((code) => ({
      title: code,
      kind: 'Error',
      href: `/docs/errors/${code}`,
      words: titleOf(code),
    })),
    ...LISTS.flatMap(({ id, title, values }) => [
      { title, kind: 'List', href: `/docs/lists#${id}` },
      ...Object.keys(values).map((value) => ({
        title: value,
        kind: title,
        href: `/docs/lists#${id}-${value}`,
      })),
    ]),
    ...Object.entries(catalog.schemas).map(([name, schema]) => ({
      title: name,
      kind: 'Object',
      href: catalog.objectHref(name),
      words: Object.keys(flatten(schema, catalog.schemas).properties).join(' '),
    })),
  ]
}
