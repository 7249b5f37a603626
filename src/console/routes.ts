import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Authentication } from '../access/authenticate.ts'
import { createSessions } from '../access/sessions.ts'
import type { App } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Env } from '../exchange/exchange.ts'
import type { Leases } from '../idempotency/lease.ts'
import { assetRoutes } from './assets.ts'
import { createConsole } from './mount.ts'
import { accountPages } from './pages/account.ts'
import { accountNewPages } from './pages/account-new.ts'
import { doorsPages } from './pages/doors.ts'
import { erasurePages } from './pages/erasure.ts'
import { erasuresPages } from './pages/erasures.ts'
import { findingsPages } from './pages/findings.ts'
import { keysPages } from './pages/keys.ts'
import { loginPages } from './pages/login.ts'
import { moneyPages } from './pages/money.ts'
import { numbersPage } from './pages/numbers.ts'
import { operatorsPages } from './pages/operators.ts'
import { overviewPage } from './pages/overview.ts'
import { phonesPages } from './pages/phones.ts'
import { policyPages } from './pages/policy.ts'
import { postingsPages } from './pages/postings.ts'
import { preferences } from './pages/preferences.ts'
import { quotePage } from './pages/quote.ts'
import { routePages } from './pages/route.ts'
import { routesPage } from './pages/routes.ts'
import { startHookPages } from './pages/start-hook.ts'
import { statementsPages } from './pages/statements.ts'
import { statisticsPages } from './pages/statistics.ts'
import { tariffPages } from './pages/tariff.ts'
import { tariffsPages } from './pages/tariffs.ts'
import { tenantPages } from './pages/tenant.ts'
import { tenantsPages } from './pages/tenants.ts'
import { testCallPages } from './pages/test-call.ts'
import { textsPages } from './pages/texts.ts'
import { tryPages } from './pages/try.ts'
import { verificationPages } from './pages/verification.ts'
import { verificationsPages } from './pages/verifications.ts'
import { webhookPages } from './pages/webhook.ts'
import { webhooksPages } from './pages/webhooks.ts'
import { firstRunForm } from './parts/first-run.ts'

/** The console, under `/console`. */
export function consoleRoutes(
  hono: OpenAPIHono<Env>,
  app: App,
  { authentication, leases }: { authentication: Authentication; leases: Leases },
): void {
  const sessions = createSessions(app)
  const console = createConsole(hono, { app, sessions, leases, actFor: authentication.actFor })
  assetRoutes(hono)
  loginPages(console, { ...authentication, sessions })
  preferences(console)
  overviewPage(console)
  firstRunForm(console)
  tryPages(console)
  verificationsPages(console)
  verificationPages(console)
  statisticsPages(console)
  operatorsPages(console)
  accountNewPages(console)
  accountPages(console)
  testCallPages(console)
  routesPage(console)
  routePages(console)
  numbersPage(console)
  moneyPages(console)
  statementsPages(console)
  postingsPages(console)
  findingsPages(console)
  policyPages(console)
  startHookPages(console)
  phonesPages(console)
  textsPages(console)
  webhooksPages(console)
  webhookPages(console)
  keysPages(console)
  doorsPages(console)
  for (const kind of ['prices', 'costs'] as const) {
    tariffsPages(console, kind)
    tariffPages(console, kind)
  }
  quotePage(console)
  erasuresPages(console)
  erasurePages(console)
  tenantsPages(console)
  tenantPages(console)
  console.openPage('/console/*', () => {
    throw new AppError('not_found')
  })
}
