import { type ArchivedMonth, monthOfId } from '../archives.ts'
import type { Leaf } from '../checkpoints/leaves.ts'
import type { Findings } from './report.ts'

/** Which sealed rows lie in archives, by the records that a signature vouches for. */
export class Archived {
  readonly #months: ReadonlyMap<string, ArchivedMonth>
  /** Sealed rows met, by month. */
  readonly #met = new Map<string, number>()

  /** Reports the records that do not count: what they stand for is then missing. */
  constructor(months: readonly ArchivedMonth[], findings: Findings) {
    const good = months.filter(({ fault }) => fault === null)
    this.#months = new Map(good.map((one) => [one.month, one]))
    for (const { month, fault } of months) {
      if (fault !== null) findings.add({ what: 'archive', detail: `the record of ${month}: ${fault}` })
    }
  }

  get months(): string[] {
    return [...this.#months.keys()]
  }

  /** Their events. */
  get events(): number {
    return [...this.#months.values()].reduce((sum, { events }) => sum + events, 0)
  }

  has({ verificationId }: Pick<Leaf, 'verificationId'>): boolean {
    return verificationId !== null && this.#months.has(monthOfId(verificationId))
  }

  /** The same, and counts the row. */
  meet(leaf: Pick<Leaf, 'verificationId'>): boolean {
    if (leaf.verificationId === null || !this.has(leaf)) return false
    const month = monthOfId(leaf.verificationId)
    this.#met.set(month, (this.#met.get(month) ?? 0) + 1)
    return true
  }

  /** After all checkpoints were read: an archive must hold as many rows as were sealed. */
  checkCounts(findings: Findings): void {
    for (const { month, rows } of this.#months.values()) {
      const met = this.#met.get(month) ?? 0
      const detail = `${met} rows of ${month} were sealed, its archive holds ${rows}`
      if (met !== rows) findings.add({ what: 'archive', detail })
    }
  }
}
