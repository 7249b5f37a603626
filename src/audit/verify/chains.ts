import type { Sql, Tx } from '../../db/client.ts'
import { type AuditRow, CHAIN_START, countOf } from '../chain.ts'
import type { Findings } from './report.ts'

const OWNERS = 500
const EVENTS = 5000
const FIRST = '00000000-0000-0000-0000-000000000000'
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

type Owner = { id: string; seq: number; head: Buffer; at: Date }
type Link = Pick<AuditRow, 'id' | 'seq' | 'at' | 'type' | 'prevHash' | 'hash'> & { ownerId: string }
type Range = { after: string; until: string }

/** How to read one kind of chain: a page of owners, then the events in its range of ids. */
type Kind = {
  name: 'verification' | 'tenant'
  owners(tx: Tx, range: Range): Promise<Owner[]>
  events(tx: Tx, range: Range, after: Link | undefined): Promise<Link[]>
}

const VERIFICATIONS: Kind = {
  name: 'verification',
  owners: (tx, { after, until }) => tx<Owner[]>`
    select id, audit_seq as seq, audit_head as head, created_at as at from verifications
    where id > ${after} and id <= ${until} order by id limit ${OWNERS}`,
  events: (tx, { after, until }, last) => tx<Link[]>`
    select id, seq, at, type, prev_hash, hash, verification_id as owner_id from audit_events
    where ${last ? tx`(verification_id, seq) > (${last.ownerId}, ${last.seq})` : tx`verification_id > ${after}`}
      and verification_id <= ${until}
    order by verification_id, seq limit ${EVENTS}`,
}

const TENANTS: Kind = {
  name: 'tenant',
  owners: (tx, { after, until }) => tx<Owner[]>`
    select id, audit_seq::int as seq, coalesce(audit_head, ${CHAIN_START}) as head, created_at as at from tenants
    where id > ${after} and id <= ${until} order by id limit ${OWNERS}`,
  events: (tx, { after, until }, last) => tx<Link[]>`
    select id, seq, at, type, prev_hash, hash, tenant_id as owner_id from audit_events
    where ${last ? tx`(tenant_id, seq) > (${last.ownerId}, ${last.seq})` : tx`tenant_id > ${after}`}
      and tenant_id <= ${until} and verification_id is null
    order by tenant_id, seq limit ${EVENTS}`,
}

/** Follows the chain of every verification in a range of ids, up to its head. Resolves to their number. */
export function checkVerificationChains(sql: Sql, range: Partial<Range>, findings: Findings) {
  return checkChains(sql, VERIFICATIONS, { after: FIRST, until: LAST, ...range }, findings)
}

/** Follows the chain of every tenant. Resolves to their number. */
export function checkTenantChains(sql: Sql, findings: Findings) {
  return checkChains(sql, TENANTS, { after: FIRST, until: LAST }, findings)
}

async function checkChains(sql: Sql, kind: Kind, range: Range, findings: Findings): Promise<number> {
  let count = 0
  for (let after = range.after; ; ) {
    // One snapshot for heads and events; a page at a time, since an old snapshot holds up vacuum.
    const last = await sql.begin('isolation level repeatable read read only', async (tx) => {
      const owners = await kind.owners(tx, { after, until: range.until })
      const end = owners.length < OWNERS ? range.until : (owners.at(-1)?.id ?? range.until)
      await follow(tx, kind, owners, { after, until: end }, findings)
      count += owners.length
      return owners.length < OWNERS ? null : end
    })
    if (last === null) return count
    after = last
  }
}

/** Owners and events come in the same order: each event belongs to the current owner or to a removed one. */
async function follow(tx: Tx, kind: Kind, owners: Owner[], range: Range, findings: Findings): Promise<void> {
  let next = 0
  let chain: ChainCheck | null = null
  let gone = ''
  const startNext = () => {
    chain?.end()
    chain = new ChainCheck(kind.name, owners[next] as Owner, findings)
    next += 1
  }
  for (let last: Link | undefined; ; ) {
    const links = await kind.events(tx, range, last)
    for (const link of links) {
      while (next < owners.length && (owners[next] as Owner).id <= link.ownerId) startNext()
      const current = chain as ChainCheck | null
      if (current?.owner.id === link.ownerId) current.take(link)
      else if (gone !== link.ownerId) {
        gone = link.ownerId
        reportGone(kind, link, findings)
      }
    }
    last = links.at(-1)
    if (links.length < EVENTS) break
  }
  while (next < owners.length) startNext()
  ;(chain as ChainCheck | null)?.end()
}

function reportGone({ name }: Kind, { id, at, seq, ownerId }: Link, findings: Findings): void {
  const whose = name === 'verification' ? { verificationId: ownerId } : { tenantId: ownerId }
  const detail = `the ${name} itself is missing; its events are still there`
  findings.add({ what: 'removed', event: id, ...whose, seq, at, detail })
}

/** The number of the last event of a row; 0 before the first. */
const lastOf = (link: Link | null) => (link ? link.seq + countOf(link) - 1 : 0)

/** Follows one chain and reports the first break. */
class ChainCheck {
  readonly owner: Owner
  readonly #name: Kind['name']
  readonly #findings: Findings
  #last: Link | null = null
  #isBroken = false

  constructor(name: Kind['name'], owner: Owner, findings: Findings) {
    this.#name = name
    this.owner = owner
    this.#findings = findings
  }

  take(link: Link): void {
    if (this.#isBroken) return
    const due = lastOf(this.#last) + 1
    if (link.seq > due) {
      this.#report('removed', null, due, link.at, `event ${due} is missing`)
    } else if (link.seq < due) {
      this.#report('inserted', link.id, link.seq, link.at, `event ${link.seq} is there twice`)
    } else if (lastOf(link) > this.owner.seq) {
      this.#report('inserted', link.id, due, link.at, `the chain ends with event ${this.owner.seq}`)
    } else if (!link.prevHash.equals(this.#last?.hash ?? CHAIN_START)) {
      const before = this.#last ?? link
      // A changed event breaks the chain on both sides; its neighbours may be intact.
      this.#isBroken = this.#findings.has(link.id)
      if (this.#isBroken) return
      const detail = `event ${due} follows another version of it`
      this.#report('changed', before.id, before.seq, before.at, detail)
    }
    this.#last = link
  }

  end(): void {
    if (this.#isBroken) return
    const { seq, head, at } = this.owner
    const has = lastOf(this.#last)
    if (has < seq) {
      const detail =
        has === 0 ? `all ${seq} events are missing` : `the last ${seq - has} of ${seq} are missing`
      this.#report('removed', null, has + 1, this.#last?.at ?? at, detail)
    } else if (!head.equals(this.#last?.hash ?? CHAIN_START)) {
      const detail = `its hash differs from the chain head stored on the ${this.#name}`
      this.#report('changed', this.#last?.id ?? null, has, this.#last?.at ?? at, detail)
    }
  }

  #report(
    what: 'changed' | 'removed' | 'inserted',
    event: string | null,
    seq: number,
    at: Date,
    detail: string,
  ): void {
    this.#isBroken = true
    const { id } = this.owner
    const whose = this.#name === 'verification' ? { verificationId: id } : { tenantId: id }
    this.#findings.add({ what, event, ...whose, seq, at, detail })
  }
}
