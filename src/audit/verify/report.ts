import { publicId } from '../../values/ids.ts'

/** One place where the stored audit differs from what was written. */
export type AuditProblem = {
  what: 'changed' | 'removed' | 'inserted' | 'checkpoint' | 'not sealed' | 'archive'
  /** The event, if its id is known. */
  event: string | null
  /** The verification that owns the chain; null for a tenant's own chain. */
  verification: string | null
  tenant: string | null
  /** Position in the chain, if known. */
  seq: number | null
  at: string | null
  detail: string
}

export type AuditReport = {
  events: number
  verifications: number
  tenants: number
  checkpoints: number
  /** End of the last sealed hour; null if none is sealed. */
  sealed_until: string | null
  /** Events that no checkpoint covers yet. */
  unsealed_events: number
  /** Months that were moved to files, and the number of their events, which this check does not see. */
  archived_months: string[]
  archived_events: number
  /** All problems; `problems` lists the first hundred, oldest first. */
  problem_count: number
  problems: AuditProblem[]
}

/** Problems reported in detail. */
const SHOWN = 100

type Found = Pick<AuditProblem, 'what' | 'detail'> & {
  event?: string | null | undefined
  verificationId?: string | null | undefined
  tenantId?: string | null | undefined
  seq?: number | undefined
  at?: Date | undefined
}

/** Collects the problems a check finds, in bounded memory. */
export class Findings {
  #problems: AuditProblem[] = []
  #seen = new Set<string>()
  count = 0

  add({ what, detail, event, verificationId, tenantId, seq, at }: Found): void {
    if (event && this.has(event)) return
    this.count += 1
    if (this.#problems.length >= SHOWN * 10) return
    if (event) this.#seen.add(event)
    this.#problems.push({
      what,
      event: event ? publicId('event', event) : null,
      verification: verificationId ? publicId('verification', verificationId) : null,
      tenant: tenantId ? publicId('tenant', tenantId) : null,
      seq: seq ?? null,
      at: at?.toISOString() ?? null,
      detail,
    })
  }

  /** Whether a problem of this event is already reported. */
  has(event: string): boolean {
    return this.#seen.has(event)
  }

  /** Oldest first; problems at one time in the order found. */
  list(): AuditProblem[] {
    return this.#problems.sort((a, b) => compare(a.at ?? '', b.at ?? '')).slice(0, SHOWN)
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
