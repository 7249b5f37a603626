import type { Dictionary } from './language/index.ts'

/** The label of the field at an error's path (`deny_prefixes.1`); null for a field without a label. */
export function fieldName(t: Dictionary, path: string): string | null {
  const [first = '', second] = path.split('.')
  const names: Record<string, string> = {
    ...t.policy.rules,
    default_workflow: t.policy.defaultWorkflow,
    'conversion_guard.min_finished': t.policy.minFinished,
    'conversion_guard.min_approved_percent': t.policy.minApproved,
    'start_hook.url': t.hook.url,
    'start_hook.timeout_ms': t.hook.timeout,
    'start_hook.on_failure': t.hook.onFailure,
    ...t.texts.fields,
    sms: t.texts.kinds.sms,
    voice: t.texts.kinds.voice,
    name: t.keys.name,
    credentials: t.accounts.credentials,
    settings: t.accounts.settings,
    base_url: t.accounts.address,
    accounts: t.routes.accounts,
    scopes: t.keys.scopes,
    allowed_networks: t.keys.networks,
    expires_at: t.keys.expires,
    url: t.webhooks.url,
    event_types: t.webhooks.types,
    description: t.webhooks.description,
    overlap_seconds: t.keys.overlap,
    phone: t.list.phone,
    phone_ends: t.list.search,
    reference: t.list.reference,
    status: t.list.status,
    from: t.list.from,
    to: t.list.to,
    group_by: t.statistics.groupBy,
    cursor: t.table.page,
    month: t.money.month,
    code: t.try.codeName,
    state: t.findings.state,
    note: t.findings.note,
    adjustment: t.findings.post,
    kind: t.erasures.kind,
    reason: t.phones.reason,
    prefix: t.operators.prefix,
    channel: t.attempts.channel,
    per: t.prices.per,
    amount: t.money.amount,
    valid_from: t.prices.fromUtc,
    zone: t.shell.zone,
    list: t.prices.owner.prices,
    account: t.prices.owner.costs,
    default_region: t.tenants.region,
    currency: t.tenants.currency,
    credit_limit: t.tenants.creditLimit,
    retention_days: t.tenants.retention,
    allowed_origins: t.tenants.origins,
    confirm: t.tenants.confirm,
  }
  const name = names[path] ?? names[first]
  if (name === undefined) return null
  if (second === undefined || path in names) return name
  if (first === 'sms' || first === 'voice') return `${name} (${second})`
  return /^\d+$/.test(second) ? `${name} (${Number(second) + 1})` : name
}
