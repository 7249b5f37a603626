import { type Html, html, NONE } from './html.ts'

/** Headers of a page. Its Content-Security-Policy allows only what the directives in `sources` allow. */
export function pageHeaders(...sources: string[]) {
  return {
    'content-type': 'text/html; charset=utf-8',
    'x-frame-options': 'DENY',
    'content-security-policy': [
      "default-src 'none'",
      ...sources,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  }
}

export type PageParts = {
  language: string
  title: string
  body: Html
  /** Further elements of the head. */
  head?: Html
  /** Further attributes of the root element. */
  attributes?: Html
}

/** The text of a whole page. */
export async function renderPage({
  language,
  title,
  body,
  head = NONE,
  attributes = NONE,
}: PageParts): Promise<string> {
  const page = await html`<!doctype html>
<html lang="${language}"${attributes}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${head}
</head>
<body>
${body}
</body>
</html>`
  return String(page)
}
