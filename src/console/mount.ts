import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Authentication } from '../access/authenticate.ts'
import type { Sessions } from '../access/sessions.ts'
import type { App, ClientContext, Scope } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Env, HttpContext } from '../exchange/exchange.ts'
import { toAppError } from '../exchange/problem.ts'
import { readQuery } from '../exchange/query.ts'
import type { Leases } from '../idempotency/lease.ts'
import { getTenant, listTenants } from '../tenants/tenants.ts'
import { publicId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import { actingRoute, placeFor } from './acting.ts'
import { cookie, readCookie } from './cookies.ts'
import { csrfOf, isOwnForm, mayBeOwnForm } from './csrf.ts'
import { FORM_BYTES_MAX, type Form, OPEN_FORM_BYTES_MAX, readForm } from './form.ts'
import { formatOf } from './format.ts'
import { chooseLanguage, DICTIONARIES } from './language/index.ts'
import { submitOnce } from './once.ts'
import { errorPage, formRefusedPage } from './pages/errors.ts'
import { redirect, sendPage } from './response.ts'
import { openSession } from './session.ts'
import { type Member, type Page, THEMES, type Visit } from './visit.ts'
import { chooseZone } from './zone.ts'

type Outcome = Page | Response
type Handle<V> = (visit: V) => Promise<Outcome> | Outcome
type Submit<V> = (visit: V, form: Form) => Promise<Outcome> | Outcome

/** Adds pages to the application. */
export type Console = {
  /** For all visitors, logged in or not. */
  openPage(path: string, handle: Handle<Visit>): void
  openForm(path: string, submit: Submit<Visit>): void
  /** For users who logged in with a key that has the scope. */
  page(path: string, scope: Scope, handle: Handle<Member>): void
  form(path: string, scope: Scope, submit: Submit<Member>): void
  addressOf(c: HttpContext): string | null
}

/** How long pages are read from the primary after a form. A replica is rarely that late. */
const WRITTEN_SECONDS = 10

/** In the header; the page of tenants has all. */
const TENANTS_OFFERED = 9

type Parts = { app: App; sessions: Sessions; leases: Leases; actFor: Authentication['actFor'] }

/** Every request passes the same steps: session, tenant, scope, CSRF token, verb, page. An error becomes a page. */
export function createConsole(hono: OpenAPIHono<Env>, { app, sessions, leases, actFor }: Parts): Console {
  const addressOf = (c: HttpContext) => c.get('exchange').address()

  async function visitOf(c: HttpContext, path: string): Promise<Visit> {
    c.get('exchange').route = path.replace(':id', '{id}')
    const language = chooseLanguage(readCookie(c, 'language'), c.req.header('accept-language'))
    const zone = chooseZone(readCookie(c, 'zone'), readCookie(c, 'browserZone'))
    const session = openSession(app.secrets, readCookie(c, 'session'))
    const user = session && (await sessions.userOf(session, () => addressOf(c)))
    if (user) {
      c.get('exchange').actor = user.actor
      await c.get('exchange').place?.claim(user.actor.tenantId)
    }
    return {
      c,
      app,
      language,
      t: DICTIONARIES[language],
      zone,
      format: formatOf(language, zone.name),
      theme: THEMES.find((theme) => theme === readCookie(c, 'theme')) ?? 'system',
      csrf: user && session ? session.csrf : csrfOf(app.secrets, readCookie(c, 'form')),
      secure: isSecure(app, c),
      query: {},
      user: user && session ? { ...user, session } : null,
      acting: null,
      tenants: [],
    }
  }

  /** Makes the user act for the tenant in the address. Throws as `actFor`. */
  async function act(visit: Visit): Promise<void> {
    const { user, c } = visit
    if (!user) return
    const own = publicId('tenant', user.actor.tenantId)
    const tenant = c.req.param('tenant') ?? own
    if (!user.actor.scopes.includes('admin')) {
      if (tenant === own) return
      throw new AppError('insufficient_scope', { detail: say('scope_needed', { scope: 'admin' }) })
    }
    const context = { ...app, actor: user.actor, requestId: null }
    const { data } = await listTenants(context, { limit: TENANTS_OFFERED, cursor: undefined })
    visit.tenants = [{ id: own, name: user.tenantName }, ...data.filter(({ id }) => id !== own)]
    if (tenant === own) return
    const { name } = await getTenant(context, { id: tenant })
    const actor = await actFor(user.actor, tenant)
    c.get('exchange').actor = actor
    visit.user = { ...user, actor, tenantName: name }
    visit.acting = tenant
  }

  function serve(method: 'get' | 'post', path: string, run: (visit: Visit) => Promise<Outcome>): void {
    hono.on(method, [path, actingRoute(path)], async (c: HttpContext) => {
      const visit = await visitOf(c, path)
      let outcome: Outcome
      try {
        visit.query = readQuery(c.req.url)
        await act(visit)
        outcome = await run(visit)
      } catch (thrown) {
        outcome = errorPage(visit, toAppError(thrown, app.log, c.get('exchange').requestId))
      }
      const response = outcome instanceof Response ? outcome : await sendPage(visit, outcome)
      const location = response.headers.get('location')
      if (location && visit.acting) response.headers.set('location', placeFor(location, visit.acting))
      if (method === 'post' && visit.user && app.config.DATABASE_READ_URL) {
        const written = cookie('written', '1', { secure: visit.secure, maxAgeSeconds: WRITTEN_SECONDS })
        response.headers.append('set-cookie', written)
      }
      return response
    })
  }

  const submitted = async <V extends Visit>(visit: V, submit: Submit<V>): Promise<Outcome> => {
    if (!mayBeOwnForm(visit)) return formRefusedPage(visit)
    const form = await readForm(visit.c, visit.user ? FORM_BYTES_MAX : OPEN_FORM_BYTES_MAX)
    if (!isOwnForm(visit, form)) return formRefusedPage(visit)
    return submit(visit, form)
  }

  const asMember = async (
    visit: Visit,
    scope: Scope,
    run: (member: Member) => Promise<Outcome> | Outcome,
  ) => {
    const { c, user } = visit
    if (!user) return redirect(c, `/console/login?next=${encodeURIComponent(pathOf(c))}`)
    const { actor } = user
    const hasJustWritten = c.req.method !== 'GET' || readCookie(c, 'written') !== undefined
    const context: ClientContext = { ...app, actor, requestId: c.get('exchange').requestId, hasJustWritten }
    const can = (needed: Scope) => actor.scopes.includes(needed)
    if (!can(scope)) throw new AppError('insufficient_scope', { detail: say('scope_needed', { scope }) })
    const isStillLoggedIn = async () => (await sessions.userOf(user.session, () => addressOf(c))) !== null
    return run({ ...visit, user, context, id: c.req.param('id') ?? '', can, isStillLoggedIn })
  }

  return {
    addressOf,
    openPage: (path, handle) => serve('get', path, async (visit) => handle(visit)),
    openForm: (path, submit) => serve('post', path, (visit) => submitted(visit, submit)),
    page: (path, scope, handle) => serve('get', path, (visit) => asMember(visit, scope, handle)),
    form: (path, scope, submit) =>
      serve('post', path, (visit) =>
        asMember(visit, scope, (member) =>
          submitted(member, (member, form) =>
            submitOnce(leases, member.context, { form, what: member.c.req.path }, async (context) =>
              submit({ ...member, context }, form),
            ),
          ),
        ),
      ),
  }
}

/** Where to return after login. A form is not submitted again. */
function pathOf(c: HttpContext): string {
  if (c.req.method !== 'GET') return '/console'
  const { pathname, search } = new URL(c.req.url)
  return pathname + search
}

function isSecure({ config }: App, c: HttpContext): boolean {
  if (config.PUBLIC_URL) return config.PUBLIC_URL.startsWith('https:')
  const behindProxy = config.TRUST_PROXY !== undefined && c.req.header('x-forwarded-proto') === 'https'
  return behindProxy || c.req.url.startsWith('https:')
}
