import type { Scope } from '../context.ts'
import { type Html, html, when } from '../html/html.ts'
import { renderPage } from '../html/page.ts'
import { LANGUAGES } from '../words/text.ts'
import { assetUrl } from './assets.ts'
import { csrfField } from './csrf.ts'
import { LANGUAGE_NAMES } from './language/index.ts'
import { apiCall } from './parts/api-call.ts'
import { tenantSwitch } from './parts/tenant-switch.ts'
import { zoneMenu } from './parts/zone-menu.ts'
import { type Member, mayOpen, type Page, type Section, THEMES, type Visit } from './visit.ts'

const PATHS: Record<Section, string> = {
  overview: '/console',
  try: '/console/try',
  verifications: '/console/verifications',
  statistics: '/console/statistics',
  operators: '/console/operators',
  money: '/console/money',
  policy: '/console/policy',
  phones: '/console/phones',
  texts: '/console/texts',
  webhooks: '/console/webhooks',
  keys: '/console/keys',
  doors: '/console/doors',
  prices: '/console/prices',
  tenants: '/console/tenants',
}

/** A page's content with header and navigation around it. */
export function shell(visit: Visit, page: Page): Promise<string> {
  const { t, language, theme, zone } = visit
  // The script may reload the page in the browser's zone.
  const isAskedAgain = visit.c.req.method === 'GET' && zone.chosen === null
  return renderPage({
    language,
    title: `${page.title} · Ringproof`,
    attributes: html` data-theme="${theme}"${when(isAskedAgain, () => html` data-zone="${zone.name}"`)}`,
    head: html`<meta name="color-scheme" content="${theme === 'system' ? 'light dark' : theme}">
<link rel="icon" href="${assetUrl('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assetUrl('style.css')}">
${['shell.js', ...(page.scripts ?? [])].map((name) => html`<script type="module" src="${assetUrl(name)}"></script>`)}
${when(page.reloadSeconds, (seconds) => html`<noscript><meta http-equiv="refresh" content="${seconds}"></noscript>`)}`,
    body: html`<a class="skip" href="#content">${t.shell.skip}</a>
${header(visit, page.section)}
${when(visit.user, (user) => navigation(visit, user, page.section))}
<main id="content" tabindex="-1">
${page.body}
${apiCall(visit, page)}<p class="print-only">${t.shell.times(zone.name)}</p></main>`,
  })
}

function header(visit: Visit, section: Section | null): Html {
  const { t, user } = visit
  return html`<header class="top">
<a class="brand" href="/console"><img src="${assetUrl('icon.svg')}" alt="" width="24" height="24">Ringproof</a>
${when(
  user,
  ({ actor, keyName }) => html`<div class="who">${tenantSwitch(visit, section ? PATHS[section] : '/console')}
<span class="badge ${actor.livemode ? 'live' : 'test'}">${actor.livemode ? t.shell.live : t.shell.test}</span>
<span class="soft key-name">${t.shell.key}: ${keyName}</span></div>`,
)}
<div class="tools">${when(visit.csrf, () => preferences(visit))}
${when(
  user,
  () =>
    html`<form method="post" action="/console/logout">${csrfField(visit)}<button class="quiet">${t.shell.logOut}</button></form>`,
)}</div>
</header>`
}

/** Works without scripts: each choice is a button that returns to the same page. */
function preferences(visit: Visit): Html {
  const { t, language, theme } = visit
  const back = pathOf(visit)
  const nextTheme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system'
  return html`<form method="post" action="/console/preferences">${csrfField(visit)}
<input type="hidden" name="back" value="${back}">
<button class="quiet" name="theme" value="${nextTheme}" title="${t.shell.themeSwitch}"><span class="hidden">${t.shell.theme}: </span><span aria-hidden="true">◐ </span>${t.shell.themes[theme]}</button>
${LANGUAGES.filter((other) => other !== language).map(
  (other) =>
    html`<button class="quiet" name="language" value="${other}" lang="${other}">${LANGUAGE_NAMES[other]}</button>`,
)}</form>${zoneMenu(visit, back)}`
}

/** Of this page, to return to. */
function pathOf({ c }: Visit): string {
  const { pathname, search } = new URL(c.req.url)
  return c.req.method === 'GET' ? pathname + search : pathname
}

function navigation({ t, zone }: Visit, user: Member['user'], current: Section | null): Html {
  const member = { user, can: (scope: Scope) => user.actor.scopes.includes(scope) }
  const sections = (Object.keys(PATHS) as Section[]).filter((section) => mayOpen(section, member))
  return html`<nav class="side" aria-label="${t.shell.navigation}"><div><ul>
${sections.map((section) => {
  const mark = section === current ? html` aria-current="page"` : ''
  return html`<li><a href="${PATHS[section]}"${mark}>${t.nav[section]}</a></li>`
})}
</ul><p class="soft side-note">${t.shell.times(zone.name)}<br><a href="/docs">${t.shell.docs}</a></p></div></nav>`
}
