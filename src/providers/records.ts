import type { Answer } from './http.ts'
import type { RecordsQuery } from './provider.ts'

/** The operator's clock when it answered (`Date` header), in whole seconds; null if the header is missing. */
export function answeredAt({ headers }: Pick<Answer, 'headers'>): Date | null {
  const at = Date.parse(headers.date ?? '')
  return Number.isNaN(at) ? null : new Date(at)
}

/**
 * Whether all undated records are of phones other than the queried one. `undated`: their phones; null if
 * unreadable.
 */
export function areOfOthers(undated: readonly (string | null)[], { phone }: RecordsQuery): boolean {
  return undated.every((other) => phone !== null && other !== null && other !== phone)
}
