import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { type Html, raw } from '../../html/html.ts'
import { BASE } from './base.ts'
import { type Heading, headingsOf, type Links, renderMarkdown } from './markdown.ts'

/** The documents, by reader, in the order of the navigation. Each file of `docs` is in one list. */
export const GUIDES = {
  clients: [
    'guides/integrate.md',
    'guides/statuses.md',
    'guides/polling-events-webhooks.md',
    'guides/browser.md',
    'webhooks.md',
    'guides/channels.md',
    'channels.md',
    'guides/limits-and-fraud.md',
    'guides/sandbox.md',
    'guides/going-live.md',
    'guides/generated-clients.md',
    'integrations/express.md',
    'integrations/nextjs.md',
    'integrations/hono.md',
    'integrations/django.md',
    'integrations/laravel.md',
    'integrations/spring.md',
    'integrations/keycloak.md',
    'integrations/auth0.md',
    'statistics.md',
    'compatibility.md',
  ],
  operators: [
    'first-call.md',
    'configuration.md',
    'production.md',
    'releases.md',
    'monitoring/README.md',
    'tracing.md',
    'operators.md',
    'billing.md',
    'security.md',
    'audit.md',
    'scaling.md',
    'performance.md',
    'architecture.md',
  ],
} as const

export type Guide = { href: string; title: string; headings: Heading[]; content: () => Html }

const FOLDER = new URL('../../../docs/', import.meta.url)
/** A guide has this name too. */
const RENAMED: Record<string, string> = {
  'channels.md': 'channels-in-detail',
  'monitoring/README.md': 'monitoring',
}
const hrefOf = (file: string) => `/docs/guides/${RENAMED[file] ?? posix.basename(file, '.md')}`

/** The documents of one list that exist. `nameHref`: the address of a name of the API. */
export function readGuides(reader: keyof typeof GUIDES, nameHref: Links['name']): Guide[] {
  const files = new Set(readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }))
  return GUIDES[reader].filter((file) => files.has(file)).map((file) => readGuide(file, nameHref))
}

function readGuide(file: string, nameHref: Links['name']): Guide {
  const text = readFileSync(new URL(file, FOLDER), 'utf8').replaceAll('http://127.0.0.1:8080', BASE)
  const headings = headingsOf(text)
  const links = { link: (href: string) => linkFrom(file, href), name: nameHref }
  const content = () => raw(renderMarkdown(text, links))
  return { href: hrefOf(file), title: headings[0]?.title ?? file, headings, content }
}

/** The drawings of the guides, by name: SVG. */
export function readDrawings(): Map<string, string> {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  return new Map(
    files
      .filter((file) => file.endsWith('.svg'))
      .map((file) => [posix.basename(file), readFileSync(new URL(file, FOLDER), 'utf8')]),
  )
}

/** Where a link of a file leads: to another guide, to the start for the README, else nowhere. */
function linkFrom(file: string, href: string): string | null {
  if (href.startsWith('/')) return href
  const [path = '', anchor] = href.split('#')
  const hash = anchor ? `#${anchor}` : ''
  if (path === '') return hash
  const target = posix.join(posix.dirname(file), path)
  if (target === '../README.md') return '/docs'
  return target.endsWith('.md') && existsSync(new URL(target, FOLDER)) && !target.startsWith('..')
    ? hrefOf(target) + hash
    : null
}
