import type { SessionUser } from '../access/sessions.ts'
import type { App, ClientContext, Scope } from '../context.ts'
import type { HttpContext } from '../exchange/exchange.ts'
import type { Html } from '../html/html.ts'
import type { TenantView } from '../tenants/schemas.ts'
import type { Language } from '../words/text.ts'
import type { Format } from './format.ts'
import type { Dictionary } from './language/index.ts'
import type { Session } from './session.ts'
import type { Zone } from './zone.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

export type Section =
  | 'overview'
  | 'try'
  | 'verifications'
  | 'statistics'
  | 'operators'
  | 'money'
  | 'policy'
  | 'phones'
  | 'texts'
  | 'webhooks'
  | 'keys'
  | 'doors'
  | 'prices'
  | 'tenants'

/** One request for a page. */
export type Visit = {
  c: HttpContext
  app: App
  language: Language
  t: Dictionary
  format: Format
  theme: Theme
  zone: Zone
  /** The token for every form on the page. */
  csrf: string
  /** Whether cookies may be sent over HTTPS only. */
  secure: boolean
  query: Record<string, string>
  user: (SessionUser & { session: Session }) | null
  /** The tenant (public id) in the address, if not the user's own; `user` then acts for it. */
  acting: string | null
  /** Tenants that the user may act for: their own, then the newest. */
  tenants: readonly Pick<TenantView, 'id' | 'name'>[]
}

/** A visit of a user who is logged in. */
export type Member = Visit & {
  user: NonNullable<Visit['user']>
  /** For verbs, the same as in the API. */
  context: ClientContext
  /** The id in the path; empty without one. */
  id: string
  can(scope: Scope): boolean
  /** For streams, which outlive the check at their start. */
  isStillLoggedIn(): Promise<boolean>
}

export type Page = {
  title: string
  section: Section | null
  body: Html
  status?: number
  /** Names of script files; every page works without them. */
  scripts?: readonly string[]
  /** Its filters as the API names them; null if the API has none like them. */
  asked?: Readonly<Record<string, string | undefined>> | null
  /** For browsers without scripts: when to reload. */
  reloadSeconds?: number | undefined
}

/** Whether this user may open a section of the console. */
export function mayOpen(section: Section, { user, can }: Pick<Member, 'user' | 'can'>): boolean {
  switch (section) {
    case 'overview':
    case 'verifications':
    case 'statistics':
      return can('read')
    case 'try':
      return !user.actor.livemode && can('read') && can('verify')
    case 'money':
      return can('billing')
    case 'operators':
    case 'policy':
    case 'phones':
    case 'texts':
    case 'webhooks':
    case 'keys':
    case 'doors':
    case 'prices':
    case 'tenants':
      return can('admin')
  }
}
