import type { ApiDocument } from '../openapi/describe-api.ts'
import { BASE } from './base.ts'
import { type Catalog, catalogOf } from './catalog.ts'
import { ERROR_CODES, errorList, errorPage } from './errors.ts'
import type { Describing } from './fields.ts'
import { groupPage } from './group-page.ts'
import { type Guide, readDrawings, readGuides } from './guides.ts'
import { type DocsPage, docsPage, type Section } from './layout.ts'
import { listsPage } from './lists-page.ts'
import { policyPage } from './policy.ts'
import { searchIndex } from './search-index.ts'
import { startPage } from './start-page.ts'
import { createTexts } from './texts.ts'

/** The pages of the documentation, made when first asked for. `base`: the address of this installation. */
export type Site = {
  /** Null if there is no such page. */
  page(href: string, base: string): Promise<string> | null
  /** A drawing of a guide, as SVG; undefined if there is none of this name. */
  drawing(name: string): string | undefined
  /** What the search of the pages looks through, as JSON. */
  search(): string
}

/** The documentation of an API: its reference from the OpenAPI document, and the guides of this repository. */
export function createSite(document: ApiDocument): Site {
  const catalog = catalogOf(document)
  const nameHref = linksOf(catalog)
  const describing: Describing = { catalog, texts: createTexts(nameHref) }
  const guides = readGuides('clients', nameHref)
  const operatorsGuides = readGuides('operators', nameHref)
  const sections: Section[] = [
    {
      title: 'Guides',
      pages: [
        { href: '/docs', title: 'Quick start', content: () => startPage(catalog, guides) },
        ...guides.map(guidePage),
      ],
    },
    {
      title: 'Reference',
      pages: [
        ...catalog.groups.map((group) => ({
          href: group.href,
          title: group.tag,
          parts: group.operations.map(({ href, operation }) => ({ href, title: operation.summary })),
          content: () => groupPage(group, describing),
        })),
        { href: '/docs/lists', title: 'Lists of values', content: () => listsPage(describing) },
        { href: '/docs/policy', title: 'Policy', content: () => policyPage(describing) },
        {
          href: '/docs/errors',
          title: 'Errors',
          parts: ERROR_CODES.map((code) => ({ href: `/docs/errors/${code}`, title: code })),
          content: () => errorList(describing),
        },
        ...ERROR_CODES.map((code) => ({
          href: `/docs/errors/${code}`,
          title: code,
          under: '/docs/errors',
          content: () => errorPage(code, describing),
        })),
      ],
    },
    { title: 'Running Ringproof', pages: operatorsGuides.map(guidePage) },
  ]
  const pages = new Map(sections.flatMap((section) => section.pages).map((page) => [page.href, page]))
  const drawings = readDrawings()
  const made = new Map<string, Promise<string>>()
  let index: string | undefined
  return {
    page(href, base) {
      const page = pages.get(href)
      if (!page) return null
      const text = made.get(href) ?? docsPage(page, sections)
      made.set(href, text)
      return text.then((text) => text.replaceAll(BASE, () => escaped(base)))
    },
    drawing: (name) => drawings.get(name),
    search() {
      index ??= JSON.stringify(searchIndex(catalog, [...guides, ...operatorsGuides]))
      return index
    },
  }
}

/** A host may contain quotes. */
const escaped = (url: string) => url.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

function guidePage({ href, title, headings, content }: Guide): DocsPage {
  const parts = headings
    .filter(({ depth }) => depth === 2)
    .map(({ id, title }) => ({ href: `${href}#${id}`, title }))
  return { href, title, parts, content }
}

/** The address of a name in backticks: an operation as method and path, an error code of several words, an object. */
function linksOf(catalog: Catalog): (name: string) => string | undefined {
  const hrefs = new Map<string, string>()
  for (const name of Object.keys(catalog.schemas)) hrefs.set(name, catalog.objectHref(name))
  for (const code of ERROR_CODES) if (code.includes('_')) hrefs.set(code, `/docs/errors/${code}`)
  for (const { method, path, href } of catalog.operations) hrefs.set(`${method} ${path}`, href)
  return (name) => hrefs.get(name)
}
