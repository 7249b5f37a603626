import { erasedPhone, isErased } from '../erasure/erase-rows.ts'
import type { OperatorRecord } from '../providers/provider.ts'
import type { Secrets } from '../secrets.ts'
import type { OwnCall } from './match.ts'

/**
 * Replaces erased phones in the operator's records by their names here, so that the records match our calls
 * and findings do not bring the phone back.
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
