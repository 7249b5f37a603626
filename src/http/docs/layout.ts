import { type Html, html } from '../../html/html.ts'
import { pageHeaders, renderPage } from '../../html/page.ts'

export const DOCS_HEADERS = {
  ...pageHeaders("style-src 'self'", "form-action 'none'"),
  'cache-control': 'no-cache',
}

/** A page of the documentation. */
export function docsPage(title: string, content: Html): Promise<string> {
  return renderPage({
    language: 'en',
    title: `${title} · Ringproof`,
    head: html`<link rel="stylesheet" href="/docs/style.css">`,
    body: html`<header><a class="brand" href="/docs">Ringproof</a><nav><a href="/docs#quick-start">Quick start</a>
<a href="/docs#reference">Reference</a> <a href="/docs/policy">Policy</a> <a href="/docs/errors">Errors</a> <a href="/openapi.json">OpenAPI</a></nav></header>
<main>${content}</main>`,
  })
}
