import { randomBytes } from 'node:crypto'
import type { Authentication } from '../../access/authenticate.ts'
import { pastedKey } from '../../access/key-secret.ts'
import { readLoginLink } from '../../access/login-link.ts'
import type { Sessions } from '../../access/sessions.ts'
import { AppError } from '../../errors.ts'
import { html, when } from '../../html/html.ts'
import { derivedTestKey } from '../../tenants/bootstrap.ts'
import { say } from '../../words/text.ts'
import { cookie, readCookie } from '../cookies.ts'
import { csrfField, csrfOf } from '../csrf.ts'
import type { Console } from '../mount.ts'
import { ownPath, redirect, sendPage } from '../response.ts'
import { newSession, SESSION_SECONDS, sealSession } from '../session.ts'
import type { Page, Visit } from '../visit.ts'
import { problemBox } from './errors.ts'

const FORM_SECONDS = 24 * 3600

type Parts = Pick<Authentication, 'authenticate'> & { sessions: Sessions }

/** Login with a key or with the link that `npm start` prints, and logout. */
export function loginPages(console: Console, { authenticate, sessions }: Parts): void {
  console.openPage('/console/login', (visit) => {
    if (visit.user) return redirect(visit.c, ownPath(visit.query.next))
    return withFormCookie(visit, (own) => loginPage(own, ownPath(visit.query.next), null))
  })

  console.openForm('/console/login', async (visit, form) => {
    const next = ownPath(form.text('next'))
    try {
      const actor = await authenticate(pastedKey(form.text('key')), () => console.addressOf(visit.c))
      if (!actor.scopes.includes('read')) {
        throw new AppError('insufficient_scope', { detail: say('login_needs_read') })
      }
      return redirect(visit.c, next, [sessionCookie(visit, actor.keyId)])
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return loginPage(visit, next, error)
    }
  })

  console.openPage('/console/enter', async (visit) => {
    const { app, c, t } = visit
    const link = readLoginLink(app.secrets, visit.query.token ?? '')
    const isUsable = link && isFromThisMachine(visit)
    if (!isUsable || !(await sessions.spend(link.id, new Date(link.until * 1000)))) {
      const error = new AppError('unauthorized', { detail: say('login_link_refused') })
      return withFormCookie(visit, (own) => loginPage(own, '/console', error))
    }
    const key = derivedTestKey(app.config.SECRET_KEY as Buffer)
    const actor = await authenticate(key, () => console.addressOf(c))
    // Not a redirect: after one from another site the browser would not send strict cookies.
    const page = html`<h1>${t.login.welcome}</h1><p><a href="/console/try">${t.nav.try}</a></p>`
    const response = await sendPage(
      visit,
      { title: t.login.welcome, section: null, body: page },
      { refresh: '0; url=/console/try' },
    )
    response.headers.append('set-cookie', sessionCookie(visit, actor.keyId))
    return response
  })

  console.openForm('/console/logout', async ({ user, c, secure }) => {
    if (user) await sessions.spend(user.session.id, new Date(user.session.until * 1000))
    return redirect(c, '/console/login', [cookie('session', '', { secure, maxAgeSeconds: 0 })])
  })
}

function sessionCookie({ app, secure }: Visit, keyId: string): string {
  const value = sealSession(app.secrets, newSession(keyId))
  return cookie('session', value, { secure, maxAgeSeconds: SESSION_SECONDS })
}

/** The link works only on the machine itself, not through a proxy. */
function isFromThisMachine({ c }: Visit): boolean {
  const address = c.env?.incoming?.socket.remoteAddress ?? ''
  const isLoopback = /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(address)
  return isLoopback && !c.req.header('x-forwarded-for') && !c.req.header('forwarded')
}

/** Shows a form to a visitor without a session. Sets the cookie that its token derives from, if missing. */
async function withFormCookie(visit: Visit, page: (visit: Visit) => Page): Promise<Response | Page> {
  if (readCookie(visit.c, 'form')) return page(visit)
  const value = randomBytes(18).toString('base64url')
  const own = { ...visit, csrf: csrfOf(visit.app.secrets, value) }
  const response = await sendPage(own, page(own))
  response.headers.append(
    'set-cookie',
    cookie('form', value, { secure: visit.secure, maxAgeSeconds: FORM_SECONDS }),
  )
  return response
}

function loginPage(visit: Visit, next: string, error: AppError | null): Page {
  const { t } = visit
  return {
    title: t.login.title,
    section: null,
    status: error?.status ?? 200,
    body: html`<div class="narrow"><h1>${t.login.title}</h1>
<p>${t.login.intro}</p>
${problemBox(visit, error)}
<form method="post" action="/console/login" class="stack">${csrfField(visit)}<input type="hidden" name="next" value="${next}">
<label for="key">${t.login.key}</label>
<input id="key" name="key" type="password" autocomplete="current-password" required spellcheck="false" placeholder="rp_live_…, rp_test_…"${when(error, () => html` aria-invalid="true"`)}>
<button class="main">${t.login.submit}</button></form>
<p class="soft">${t.login.help}</p></div>`,
  }
}
