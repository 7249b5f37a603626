import type { Answer } from './http.ts'
import { ProviderFault, type RecordsQuery } from './provider.ts'

/** What the operator's clock said when it answered, in whole seconds; null where it did not say. */
export function answeredAt({ headers }: Pick<Answer, 'headers'>): Date | null {
  const at = Date.parse(headers.date ?? '')
  return Number.isNaN(at) ? null : new Date(at)
}

/** Throws `ProviderFault` where a record that may be of the phone in question has no time that can be read. */
export function refuseUndated(phones: readonly (string | null)[], { phone }: RecordsQuery): void {
  if (phones.some((other) => phone === null || other === null || other === phone)) {
    throw new ProviderFault('bad_answer', 'a record that cannot be dated')
  }
}
