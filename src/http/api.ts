import { accountHealthRoutes } from './routes/account-health.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { auditRoutes } from './routes/audit.ts'
import { billingRoutes } from './routes/billing.ts'
import { compatCredentialRoutes } from './routes/compat-credentials.ts'
import { erasureRoutes } from './routes/erasures.ts'
import { phoneRoutes } from './routes/phones.ts'
import { policyRoutes } from './routes/policies.ts'
import { priceRoutes } from './routes/prices.ts'
import { providerAccountRoutes } from './routes/provider-accounts.ts'
import { reconciliationRoutes } from './routes/reconciliations.ts'
import { routeRoutes } from './routes/routes.ts'
import { sandboxRoutes } from './routes/sandbox.ts'
import { statisticsRoutes } from './routes/statistics.ts'
import { tenantRoutes } from './routes/tenants.ts'
import { textsRoutes } from './routes/texts.ts'
import { verificationRoutes } from './routes/verifications.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import type { Mount } from './spec.ts'

/** Mounts every route that needs an API key. */
export function apiRoutes(mount: Mount): void {
  verificationRoutes(mount)
  sandboxRoutes(mount)
  apiKeyRoutes(mount)
  compatCredentialRoutes(mount)
  tenantRoutes(mount)
  providerAccountRoutes(mount)
  accountHealthRoutes(mount)
  routeRoutes(mount)
  policyRoutes(mount)
  phoneRoutes(mount)
  textsRoutes(mount)
  priceRoutes(mount)
  billingRoutes(mount)
  statisticsRoutes(mount)
  auditRoutes(mount)
  erasureRoutes(mount)
  webhookRoutes(mount)
  reconciliationRoutes(mount)
}
