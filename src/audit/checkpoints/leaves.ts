import { createHash } from 'node:crypto'
import type { AuditRow } from '../chain.ts'

/** A row in a checkpoint. `verificationId` is null for events of a tenant's own chain. */
export type Leaf = { id: string; verificationId: string | null; hash: Buffer }

export const LEAF_BYTES = 64
const UUID_BYTES = 16
const NO_VERIFICATION = Buffer.alloc(UUID_BYTES)

/** Encodes a row in 64 bytes: its id, its verification (or zeros), its hash. */
export function toLeaf({ id, verificationId, hash }: Pick<AuditRow, 'id' | 'verificationId' | 'hash'>) {
  const owner = verificationId ? toBytes(verificationId) : NO_VERIFICATION
  return Buffer.concat([toBytes(id), owner, hash], LEAF_BYTES)
}

export function readLeaf(bytes: Buffer): Leaf {
  const owner = bytes.subarray(UUID_BYTES, 2 * UUID_BYTES)
  return {
    id: toUuid(bytes.subarray(0, UUID_BYTES)),
    verificationId: owner.equals(NO_VERIFICATION) ? null : toUuid(owner),
    hash: bytes.subarray(2 * UUID_BYTES, LEAF_BYTES),
  }
}

/** Starts the hash of a checkpoint; the caller adds the leaves in order. */
export function hashOfHour(prevHash: Buffer, { number, hour }: { number: number; hour: Date }) {
  return createHash('sha256')
    .update(prevHash)
    .update(JSON.stringify([number, hour.toISOString()]))
}

const toBytes = (uuid: string) => Buffer.from(uuid.replaceAll('-', ''), 'hex')

function toUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20]].map(([from, to]) => hex.slice(from, to)).join('-')
}
