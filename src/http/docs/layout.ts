import { html } from 'hono/html'

/** The pages run no scripts and load nothing from other hosts. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache',
  'x-frame-options': 'DENY',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

export type Html = ReturnType<typeof html>

/** A page of the documentation. */
export function page(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Ringproof</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header><a class="brand" href="/docs">Ringproof</a><nav><a href="/docs#quick-start">Quick start</a>
<a href="/docs#reference">Reference</a> <a href="/docs/policy">Policy</a> <a href="/docs/errors">Errors</a> <a href="/openapi.json">OpenAPI</a></nav></header>
<main>${content}</main>
</body>
</html>`
}
