import type { Answer } from './http.ts'
import type { RecordsQuery } from './provider.ts'

/** What the operator's clock said when it answered, in whole seconds; null where it did not say. */
export function answeredAt({ headers }: Pick<Answer, 'headers'>): Date | null {
  const at = Date.parse(headers.date ?? '')
  return Number.isNaN(at) ? null : new Date(at)
}

/** Whether records that could not be read, with their phones where those could, are all of other phones than the one in question. */
export function areOfOthers(undated: readonly (string | null)[], { phone }: RecordsQuery): boolean {
  return undated.every((other) => phone !== null && other !== null && other !== phone)
}
