import { type Html, html, when } from '../../html/html.ts'
import { pageHeaders, renderPage } from '../../html/page.ts'
import { SCRIPTS } from './assets.ts'

export const DOCS_HEADERS = {
  ...pageHeaders(
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "form-action 'none'",
  ),
  'cache-control': 'no-cache',
}

/** Of a drawing, which has its own style and no script. */
export const DRAWING_HEADERS = {
  ...pageHeaders("style-src 'unsafe-inline'"),
  'content-type': 'image/svg+xml',
}

export type Part = { href: string; title: string }
/** A page of the documentation. `parts`: what the navigation lists below it while it is open. */
export type DocsPage = {
  href: string
  title: string
  parts?: Part[]
  /** A page that the navigation does not list stands under this one. */
  under?: string
  content: () => Html
}
export type Section = { title: string; pages: DocsPage[] }

/** The text of a page, with the navigation around it. */
export function docsPage(page: DocsPage, sections: Section[]): Promise<string> {
  return renderPage({
    language: 'en',
    title: `${page.title} · Ringproof`,
    head: html`<link rel="stylesheet" href="/docs/style.css">
${SCRIPTS.map((name) => html`<script type="module" src="/docs/${name}"></script>`)}`,
    body: html`<a class="skip" href="#content">Skip to content</a>
<header><a class="brand" href="/docs">Ringproof</a>
<search hidden><label class="hidden" for="search">Search the documentation</label>
<input id="search" type="search" placeholder="Search  ( / )" autocomplete="off" spellcheck="false" role="combobox" aria-expanded="false"
aria-controls="found" aria-autocomplete="list"><ul id="found" role="listbox" aria-label="Found" hidden></ul></search>
<a class="menu" href="#navigation">Menu</a><a class="console" href="/console">Console</a></header>
<nav id="navigation" aria-label="Documentation">${sections.map((section) => navigation(section, page))}
<p><a href="/openapi.json">OpenAPI document</a></p></nav>
<main id="content" tabindex="-1">${page.content()}</main>`,
  })
}

function navigation({ title, pages }: Section, current: DocsPage): Html {
  const open = current.under ?? current.href
  return html`<h2>${title}</h2><ul>${pages
    .filter(({ under }) => !under)
    .map(
      ({ href, title, parts = [] }) =>
        html`<li><a href="${href}"${when(href === current.href, () => html` aria-current="page"`)}>${title}</a>${when(
          href === open && parts.length > 0,
          () =>
            html`<ul>${parts.map((part) => html`<li><a href="${part.href}">${part.title}</a></li>`)}</ul>`,
        )}</li>`,
    )}</ul>`
}
