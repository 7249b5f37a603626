import { type Html, html } from '../../html/html.ts'
import type { Form } from '../form.ts'
import type { Member } from '../visit.ts'
import { type Filled, field } from './field.ts'

/** The fields of a tenant that can be changed. */
export function tenantFields(member: Member, filled: Filled): Html {
  const { t } = member
  return html`${field(member, filled, ['name', t.tenants.name], { attributes: html` required maxlength="100"` })}
${field(member, filled, ['default_region', t.tenants.region], { help: t.tenants.regionHelp, attributes: html` maxlength="2"` })}
${field(member, filled, ['credit_limit', t.tenants.creditLimit], { help: t.tenants.creditLimitHelp, attributes: html` inputmode="decimal" required` })}
${field(member, filled, ['retention_days', t.tenants.retention], { help: t.tenants.retentionHelp, attributes: html` inputmode="numeric" required` })}
${field(member, filled, ['allowed_origins', t.tenants.origins], { help: t.tenants.originsHelp, attributes: html` inputmode="url"` })}`
}

/** The origins in the field of that name, separated by blanks or commas. */
export const originsIn = (form: Form): string[] =>
  form
    .text('allowed_origins')
    .split(/[\s,]+/)
    .filter(Boolean)
