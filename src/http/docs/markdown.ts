import { Marked, Renderer } from 'marked'
import { slugOf } from './catalog.ts'

/** How a guide's links and names appear in the documentation. */
export type Links = {
  /** The address for a link of the file; null if the documentation has no such page. */
  link(href: string): string | null
  /** The address for what stands in backticks, if it is a name of the API. */
  name(text: string): string | undefined
}

export type Heading = { id: string; title: string; depth: number }

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')

/** The headings of a document, found without parsing all of it. Ids are those of Git hosts. */
export function headingsOf(text: string): Heading[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  const seen = new Map<string, number>()
  return [...prose.matchAll(/^(#+) (.+)$/gm)].map(([, marks = '', source = '']) => {
    const title = source.replace(/`|\*\*|\[|\]\([^)]*\)/g, '')
    const slug = slugOf(title)
    const same = seen.get(slug) ?? 0
    seen.set(slug, same + 1)
    return { id: same > 0 ? `${slug}-${same}` : slug, title, depth: marks.length }
  })
}

/** A document of this repository as HTML. Never give it what a user wrote. */
export function renderMarkdown(text: string, { link, name }: Links): string {
  const headings = headingsOf(text).values()
  let isInLink = false
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const { id } = headings.next().value ?? { id: '' }
        const title = this.parser.parseInline(tokens)
        if (depth === 1) return `<h1 id="${id}">${title}</h1>\n`
        return `<h${depth} id="${id}"><a class="anchor" href="#${id}">${title}</a></h${depth}>\n`
      },
      link({ href, tokens }) {
        isInLink = true
        const inner = this.parser.parseInline(tokens)
        isInLink = false
        const target = /^https?:/.test(href) ? href : link(href)
        return target === null ? inner : `<a href="${escaped(target)}">${inner}</a>`
      },
      html({ text: source }) {
        return source.startsWith('<!--') ? '' : source
      },
      image({ href, text: alternative }) {
        if (!href.endsWith('.svg')) return escaped(alternative)
        return `<img src="/docs/guides/${escaped(href.replace(/^.*\//, ''))}" alt="${escaped(alternative)}">`
      },
      codespan({ text: source }) {
        const target = isInLink ? undefined : name(source)
        const code = `<code>${escaped(source)}</code>`
        return target ? `<a href="${escaped(target)}">${code}</a>` : code
      },
      code({ text: source }) {
        return `<pre tabindex="0"><code>${escaped(source)}</code></pre>\n`
      },
      table(token) {
        const table = Renderer.prototype.table.call(this, token)
        return `<div class="wide" tabindex="0">${table}</div>\n`
      },
    },
  })
  return marked.parse(text, { async: false })
}
