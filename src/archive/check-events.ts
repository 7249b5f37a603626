import { monthOfId } from '../audit/archives.ts'
import { type AuditRow, countOf, hashOfRow } from '../audit/chain.ts'
import { hashOfHour, LEAF_BYTES, type Leaf, readLeaf } from '../audit/checkpoints/leaves.ts'
import { claimsOf, HOUR_MS } from '../audit/checkpoints/seal.ts'
import type { Checkpoint } from '../audit/verify/checkpoints.ts'
import type { Findings } from '../audit/verify/report.ts'
import { readLines } from './files.ts'
import type { CheckpointLine, LeavesLine } from './pages.ts'
import type { Trust } from './trust.ts'

type Counts = { events: number; checkpoints: number }

/**
 * Compares the archived rows of the audit, which are in the order of their sealing, with the sealed leaves of the
 * month: checkpoint by checkpoint. Throws if a file cannot be read.
 */
export async function checkEvents(
  paths: { events: string; checkpoints: string },
  month: string,
  trust: Trust,
  findings: Findings,
): Promise<Counts> {
  const rows = new Ahead(rowsOf(paths.events))
  let events = 0
  let checkpoints = 0
  const lines = new Ahead(readLines(paths.checkpoints))
  for (let line = await lines.next(); line !== null; line = await lines.next()) {
    const checkpoint = toCheckpoint(JSON.parse(line) as CheckpointLine)
    checkpoints += 1
    await checkCheckpoint(checkpoint, trust, findings)
    const { hour } = checkpoint
    const end = hour.getTime() + HOUR_MS
    const hourly = new HourCheck(hour, findings)
    const takeRow = async () => {
      const row = await rows.peek()
      if (!row || row.at.getTime() >= end) return null
      await rows.next()
      events += countOf(row)
      return row
    }
    const sum = hashOfHour(checkpoint.prevHash, checkpoint)
    for (let next = await lines.peek(); next?.startsWith('{"leaves"'); next = await lines.peek()) {
      const bytes = Buffer.from((JSON.parse(next) as LeavesLine).leaves, 'base64')
      await lines.next()
      sum.update(bytes)
      for (let at = 0; at < bytes.length; at += LEAF_BYTES) {
        const leaf = readLeaf(bytes.subarray(at, at + LEAF_BYTES))
        if (leaf.verificationId && monthOfId(leaf.verificationId) === month)
          hourly.take(leaf, await takeRow())
      }
    }
    for (let row = await takeRow(); row; row = await takeRow()) hourly.take(null, row)
    hourly.end()
    if (!sum.digest().equals(checkpoint.hash)) {
      const detail = `the archived leaves of checkpoint ${checkpoint.number} do not match its hash`
      findings.add({ what: 'checkpoint', at: hour, detail })
    }
  }
  for (let row = await rows.next(); row; row = await rows.next()) {
    events += countOf(row)
    reportInserted(row, findings)
  }
  return { events, checkpoints }
}

/** Compares leaves and rows as they come, and those left over after a difference by their ids. */
class HourCheck {
  readonly #hour: Date
  readonly #findings: Findings
  readonly #leaves = new Map<string, Leaf>()
  readonly #rows = new Map<string, AuditRow>()

  constructor(hour: Date, findings: Findings) {
    this.#hour = hour
    this.#findings = findings
  }

  take(leaf: Leaf | null, row: AuditRow | null): void {
    if (leaf && leaf.id === row?.id) this.#compare(leaf, row)
    else {
      if (leaf) this.#leaves.set(leaf.id, leaf)
      if (row) this.#rows.set(row.id, row)
    }
  }

  end(): void {
    for (const [id, row] of this.#rows) {
      const leaf = this.#leaves.get(id)
      this.#leaves.delete(id)
      if (leaf) this.#compare(leaf, row)
      else reportInserted(row, this.#findings)
    }
    for (const { id, verificationId } of this.#leaves.values()) {
      const detail = 'it was sealed in this hour and is not in the archive'
      this.#findings.add({ what: 'removed', event: id, verificationId, at: this.#hour, detail })
    }
  }

  #compare(leaf: Leaf, row: AuditRow): void {
    const isSealed = leaf.hash.equals(row.hash) && leaf.verificationId === row.verificationId
    if (isSealed && row.hash.equals(hashOfRow(row))) return
    const detail = isSealed ? 'its content does not match its hash' : 'another event was sealed under this id'
    this.#findings.add({ what: 'changed', event: row.id, ...placeOf(row), detail })
  }
}

function reportInserted(row: AuditRow, findings: Findings): void {
  const detail = 'it was not sealed in its hour'
  findings.add({ what: 'inserted', event: row.id, ...placeOf(row), detail })
}

const placeOf = ({ verificationId, seq, at }: AuditRow) => ({ verificationId, seq, at })

/** By its signature and, with a database, by the checkpoint there. The archive's manifest vouches for unknown keys. */
async function checkCheckpoint(
  checkpoint: Checkpoint,
  { check, sql }: Trust,
  findings: Findings,
): Promise<void> {
  const { number, hour, hash, signature } = checkpoint
  const report = (detail: string) => findings.add({ what: 'checkpoint', at: hour, detail })
  const checked = await check('ringproof-checkpoint', signature)
  const said = checked.kind === 'signed' ? checked.claims : {}
  const isSame = Object.entries(claimsOf(checkpoint)).every(([name, value]) => said[name] === value)
  if (checked.kind !== 'unknown key' && !isSame) report(`checkpoint ${number} does not match its signature`)
  if (!sql) return
  const [own] = await sql<{ hash: Buffer }[]>`select hash from audit_checkpoints where number = ${number}`
  if (!own?.hash.equals(hash)) report(`checkpoint ${number} differs from the one in the database`)
}

function toCheckpoint(line: CheckpointLine): Checkpoint {
  return {
    ...line,
    hour: new Date(line.hour),
    prevHash: Buffer.from(line.prev_hash, 'hex'),
    hash: Buffer.from(line.hash, 'hex'),
    createdAt: new Date(0),
  }
}

type Stored = {
  id: string
  tenant_id: string
  livemode: boolean
  verification_id: string
  seq: number
  at: string
  type: string
  actor: string
  request_id: string | null
  data: string
  prev_hash: string
  hash: string
}

async function* rowsOf(path: string): AsyncIterable<AuditRow> {
  for await (const line of readLines(path)) {
    const row = JSON.parse(line) as Stored
    yield {
      ...row,
      tenantId: row.tenant_id,
      verificationId: row.verification_id,
      at: new Date(row.at),
      requestId: row.request_id,
      prevHash: toBytes(row.prev_hash),
      hash: toBytes(row.hash),
    }
  }
}

/** PostgreSQL writes `bytea` as `\x…`. */
const toBytes = (text: string) => Buffer.from(text.slice(2), 'hex')

/** A stream that can be looked ahead in by one. */
class Ahead<T> {
  readonly #source: AsyncIterator<T>
  #next: T | null | undefined

  constructor(source: AsyncIterable<T>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Null at the end. */
  async peek(): Promise<T | null> {
    if (this.#next === undefined) {
      const { value, done } = await this.#source.next()
      this.#next = done ? null : value
    }
    return this.#next
  }

  async next(): Promise<T | null> {
    const next = await this.peek()
    if (next !== null) this.#next = undefined
    return next
  }
}
