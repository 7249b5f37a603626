/**
 * Acting for another tenant. The tenant is part of the address (`/console/for/ten_…/keys`), so that two tabs may
 * have two tenants: a cookie would silently move the other tab, too.
 */
const FOR = '/console/for'

/** The route of a page for any tenant: `/console/keys` → `/console/for/:tenant/keys`. */
export const actingRoute = (path: string): string => path.replace('/console', `${FOR}/:tenant`)

/** The address of a page for a tenant (public id). */
export const actingPath = (path: string, tenant: string): string =>
  path.replace('/console', `${FOR}/${tenant}`)

/** Pages that belong to the session or to nobody. */
const COMMON = '(?!/(?:for|assets|login|logout|enter|preferences)\\b)'
const LINK = new RegExp(`((?:href|action|data-[a-z-]+)="/console)${COMMON}(?=[/?#"])`, 'g')
const PLACE = new RegExp(`^/console${COMMON}(?=[/?#]|$)`)

/** Keeps every link and form of a page with the tenant. Escaped text cannot look like an attribute. */
export const linksFor = (page: string, tenant: string): string => page.replace(LINK, `$1/for/${tenant}`)

/** Keeps a redirect with the tenant. */
export const placeFor = (location: string, tenant: string): string =>
  PLACE.test(location) ? actingPath(location, tenant) : location
