import type { Db } from '../../src/db/client.ts'
import { publicId, timeOf } from '../../src/values/ids.ts'

/** An event as its row tells it, with what searches ask about its verification. */
export type Fact = {
  id: string
  tenantId: string
  livemode: boolean
  isFirstTenant: boolean
  verificationId: string | null
  seq: number
  at: Date
  type: string
  phone: string | null
  reference: string | null
  status: string | null
  providers: string[]
}

/** Every event of the installation, from the view and plain joins. */
export const readFacts = ({ sql }: Pick<Db, 'sql'>): Promise<Fact[]> => sql<Fact[]>`
  select e.*, t.is_first as is_first_tenant, v.phone, v.reference, v.status,
    array(select provider from attempts a where a.verification_id = v.id and provider is not null) as providers
  from audit_log e join tenants t on t.id = e.tenant_id left join verifications v on v.id = e.verification_id`

/** Who asks. */
export type Reader = { key: string; tenantId: string; livemode: boolean; isAdmin: boolean }

/** The filters of a query. */
export type Wanted = Partial<
  Record<
    'verification' | 'phone' | 'phone_ends' | 'reference' | 'status' | 'provider' | 'type' | 'from' | 'to',
    string
  >
>

/** Test keys see test data, and only admins the events of the first tenant itself. */
export const mayRead = ({ tenantId, livemode, isAdmin }: Reader, fact: Fact): boolean =>
  fact.tenantId === tenantId &&
  fact.livemode === livemode &&
  (fact.verificationId !== null || !fact.isFirstTenant || isAdmin)

/** Whether the query selects verifications. */
export const selects = (wanted: Wanted): boolean =>
  Object.keys(wanted).some((name) => !['type', 'from', 'to'].includes(name))

/** Without a phone or verification, `from` leaves out verifications that began longer before. */
const BEFORE_FROM_MS = 7 * 86_400_000

const isBroad = ({ verification, phone, phone_ends }: Wanted) =>
  [verification, phone, phone_ends].every((each) => each === undefined)

export function isWanted(wanted: Wanted, fact: Fact): boolean {
  const { verificationId, at } = fact
  if (wanted.type && fact.type !== wanted.type) return false
  if (wanted.from && at < new Date(wanted.from)) return false
  if (wanted.to && at > new Date(wanted.to)) return false
  if (!selects(wanted)) return true
  if (verificationId === null) return false
  const since = wanted.from && isBroad(wanted) ? Date.parse(wanted.from) - BEFORE_FROM_MS : 0
  if (timeOf(verificationId) < since) return false
  const { verification, phone, phone_ends: ends, reference, status, provider } = wanted
  if (verification && publicId('verification', verificationId) !== verification) return false
  if (phone && fact.phone !== phone) return false
  if (ends && !(fact.phone?.startsWith('+') && fact.phone.endsWith(ends))) return false
  if (reference && fact.reference !== reference) return false
  if (status && fact.status !== status) return false
  return !provider || fact.providers.includes(provider)
}

/**
 * The documented order, newest first: by event, or, if verifications are selected, by verification and the place in its
 * chain. A tenant's own event then stands among them by its time.
 */
export const order = (wanted: Wanted) =>
  selects(wanted)
    ? (a: Fact, b: Fact) => descending(standsAt(a), standsAt(b)) || b.seq - a.seq
    : (a: Fact, b: Fact) => descending(a.id, b.id)

const standsAt = ({ verificationId, id }: Fact) => verificationId ?? id

const descending = (a: string, b: string) => (a < b ? 1 : a > b ? -1 : 0)
