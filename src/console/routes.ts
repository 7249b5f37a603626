import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Authentication } from '../access/authenticate.ts'
import { createSessions } from '../access/sessions.ts'
import type { App } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Env } from '../exchange/exchange.ts'
import type { Leases } from '../idempotency/lease.ts'
import { assetRoutes } from './assets.ts'
import { createConsole } from './mount.ts'
import { doorsPages } from './pages/doors.ts'
import { findingsPages } from './pages/findings.ts'
import { keysPages } from './pages/keys.ts'
import { loginPages } from './pages/login.ts'
import { moneyPages } from './pages/money.ts'
import { numbersPage } from './pages/numbers.ts'
import { operatorsPages } from './pages/operators.ts'
import { overviewPage } from './pages/overview.ts'
import { phonesPages } from './pages/phones.ts'
import { policyPages } from './pages/policy.ts'
import { preferences } from './pages/preferences.ts'
import { statementsPages } from './pages/statements.ts'
import { statisticsPages } from './pages/statistics.ts'
import { textsPages } from './pages/texts.ts'
import { tryPages } from './pages/try.ts'
import { verificationPages } from './pages/verification.ts'
import { verificationsPages } from './pages/verifications.ts'
import { webhookPages } from './pages/webhook.ts'
import { webhooksPages } from './pages/webhooks.ts'

/** The console, under `/console`. */
export function consoleRoutes(
  hono: OpenAPIHono<Env>,
  app: App,
  { authentication, leases }: { authentication: Authentication; leases: Leases },
): void {
  const sessions = createSessions(app)
  const console = createConsole(hono, { app, sessions, leases })
  assetRoutes(hono)
  loginPages(console, { ...authentication, sessions })
  preferences(console)
  overviewPage(console)
  tryPages(console)
  verificationsPages(console)
  verificationPages(console)
  statisticsPages(console)
  operatorsPages(console)
  numbersPage(console)
  moneyPages(console)
  statementsPages(console)
  findingsPages(console)
  policyPages(console)
  phonesPages(console)
  textsPages(console)
  webhooksPages(console)
  webhookPages(console)
  keysPages(console)
  doorsPages(console)
  console.openPage('/console/*', () => {
    throw new AppError('not_found')
  })
}
