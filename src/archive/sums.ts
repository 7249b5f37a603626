import { readLines } from './files.ts'
import type { Manifest } from './manifest.ts'

/** A row of ledger_transactions, as far as it is added up. */
type Posting = {
  kind: string
  owner_id: string
  tenant_id: string | null
  from_account: string
  to_account: string
  currency: string
  at: string
}

/**
 * Adds up the archived ledger and reports what differs from the manifest. Resolves to the number of rows. Holds a number
 * for each account and day of a tenant.
 */
export async function sumLedger(
  path: string,
  { balances, days }: Pick<Manifest, 'balances' | 'days'>,
  report: (detail: string) => void,
): Promise<number> {
  const sums = new Map<string, bigint>()
  const add = (key: string, micros: bigint) => sums.set(key, (sums.get(key) ?? 0n) + micros)
  for (const { account, owner_id, currency, micros } of balances) {
    add(`${account} ${owner_id} ${currency}`, -BigInt(micros))
  }
  for (const { tenant_id, day, micros, calls } of days) {
    add(`captured ${tenant_id} ${day}`, -BigInt(micros))
    add(`calls ${tenant_id} ${day}`, -BigInt(calls))
  }
  let rows = 0
  for await (const line of readLines(path)) {
    rows += 1
    const { kind, owner_id, tenant_id, from_account, to_account, currency, at } = JSON.parse(line) as Posting
    const micros = BigInt(/"amount_micros":(\d+)/.exec(line)?.[1] ?? 0)
    add(`${from_account} ${owner_id} ${currency}`, -micros)
    add(`${to_account} ${owner_id} ${currency}`, micros)
    if (kind !== 'capture') continue
    add(`captured ${tenant_id} ${at.slice(0, 10)}`, micros)
    add(`calls ${tenant_id} ${at.slice(0, 10)}`, 1n)
  }
  for (const [key, rest] of sums) {
    if (rest !== 0n) report(`the ledger’s rows differ from the manifest by ${rest}: ${key}`)
  }
  return rows
}
