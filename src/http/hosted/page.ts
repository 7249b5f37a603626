import { html, when } from '../../html/html.ts'
import { pageHeaders, renderPage } from '../../html/page.ts'

/** Everything is ours, and nothing is inline. The form is never sent by the browser itself. */
export const PAGE_HEADERS = pageHeaders(
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
)

const TEXTS = {
  en: {
    title: 'Confirm your phone number',
    back: (host: string) => `Back to ${host}`,
    script: 'This page needs JavaScript.',
    over: 'This link has expired',
    again: 'Go back to where you came from and start again.',
  },
  ru: {
    title: 'Подтвердите номер телефона',
    back: (host: string) => `Вернуться на ${host}`,
    script: 'Для этой страницы нужен JavaScript.',
    over: 'Эта ссылка больше не действует',
    again: 'Вернитесь на сайт, с которого пришли, и начните заново.',
  },
}

type Language = keyof typeof TEXTS

const HEAD = html`<link rel="stylesheet" href="/verify/assets/page.css">`
const SCRIPTS = html`<script type="module" src="/verify/assets/ringproof-verify.js"></script>
<script type="module" src="/verify/assets/page.js"></script>`

/** The page of a verification; `back`: the link to the tenant's site. */
export function hostedPage({
  language,
  token,
  back,
}: {
  language: Language
  token: string
  back: { host: string; href: string } | null
}): Promise<string> {
  const t = TEXTS[language]
  return renderPage({
    language,
    title: t.title,
    head: html`${HEAD}${SCRIPTS}`,
    // The page's heading takes the place of the component's own.
    body: html`<main><h1>${t.title}</h1><ringproof-verify token="${token}" base="" locale="${language}"></ringproof-verify>
<noscript><p>${t.script}</p></noscript>
${when(back, ({ host, href }) => html`<p><a id="back" href="${href}">${t.back(host)}</a></p>`)}</main>`,
  })
}

/** What went wrong; null: the link has expired. */
export function troublePage(language: Language, title: string | null): Promise<string> {
  const t = TEXTS[language]
  return renderPage({
    language,
    title: title ?? t.over,
    head: HEAD,
    body: html`<main><h1>${title ?? t.over}</h1><p>${t.again}</p></main>`,
  })
}
