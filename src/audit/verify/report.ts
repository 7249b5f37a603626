import { publicId } from '../../values/ids.ts'

/** One place where what is stored is not what was written. */
export type AuditProblem = {
  what: 'changed' | 'removed' | 'inserted' | 'checkpoint' | 'not sealed'
  /** The event, where it has an id that can still be told. */
  event: string | null
  /** Whose chain it is in; null for a tenant's own chain. */
  verification: string | null
  tenant: string | null
  /** Its place in the chain, where that is known. */
  seq: number | null
  at: string | null
  detail: string
}

export type AuditReport = {
  events: number
  verifications: number
  tenants: number
  checkpoints: number
  /** Up to when events are sealed; null where no hour is. */
  sealed_until: string | null
  /** Events that no checkpoint covers yet. */
  unsealed_events: number
  /** How many problems there are; of the list, the first is the oldest. */
  problem_count: number
  problems: AuditProblem[]
}

/** Problems that are told one by one. */
const SHOWN = 100

type Found = Pick<AuditProblem, 'what' | 'detail'> & {
  event?: string | null | undefined
  verificationId?: string | null | undefined
  tenantId?: string | null | undefined
  seq?: number | undefined
  at?: Date | undefined
}

/** Collects what a check of the audit finds. Needs no more memory the more it is. */
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

  /** Whether something was found about this event already. */
  has(event: string): boolean {
    return this.#seen.has(event)
  }

  /** The oldest first; of those at one time, in the order in which they were found. */
  list(): AuditProblem[] {
    return this.#problems.sort((a, b) => compare(a.at ?? '', b.at ?? '')).slice(0, SHOWN)
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
