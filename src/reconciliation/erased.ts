import { erasedPhone, isErased } from '../erasure/erase-rows.ts'
import type { OperatorRecord } from '../providers/provider.ts'
import type { Secrets } from '../secrets.ts'
import type { OwnCall } from './match.ts'

/**
 * The operator's records, with phones that were erased here named as they are here: so they are told to be the same, and what is
 * found about them does not bring the phone back.
 */
export function hideErased(
  secrets: Secrets,
  records: readonly OperatorRecord[],
  calls: readonly (Pick<OwnCall, 'phone'> & { tenantId: string })[],
): OperatorRecord[] {
  const erased = calls.filter(({ phone }) => isErased(phone))
  const names = new Set(erased.map(({ phone }) => phone))
  const tenants = [...new Set(erased.map(({ tenantId }) => tenantId))]
  return records.map((record) => {
    const name = tenants
      .map((tenantId) => erasedPhone(secrets, tenantId, record.phone))
      .find((each) => names.has(each))
    return name ? { ...record, phone: name } : record
  })
}
