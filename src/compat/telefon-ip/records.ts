import { getBalance } from '../../billing/balance.ts'
import { quote } from '../../billing/prices/price-lists.ts'
import type { Answer } from '../../exchange/exchange.ts'
import { type DoorCall, findCall, listCalls } from '../calls.ts'
import type { DoorContext } from '../context.ts'
import { failed, NO_RECORD, ok } from './answers.ts'
import { type Params, readDay } from './input.ts'
import { toBillingRow, toDecimal, toStatus } from './rows.ts'

const RECORDS_MAX = 100
const DAY_MS = 24 * 3_600_000
/** Stands for the next call to Russia. */
const RUSSIAN_PHONE = '+79000000000'

/** `get_status`. */
export async function getStatus(context: DoorContext, id: string | undefined): Promise<Answer> {
  const call = await findCall(context, Number(id))
  return call ? ok(toStatus(call)) : NO_RECORD
}

/** `get_balance`: `price` is that of the next flash call to Russia, `balance_limit` minus the credit limit. */
export async function readBalance(context: DoorContext): Promise<Answer> {
  const { actor, priceLists } = context
  const [{ available, credit_limit }, list] = await Promise.all([
    getBalance(context),
    priceLists.of(actor.tenantId),
  ])
  const price = quote(list, { channel: 'flash_call', phone: RUSSIAN_PHONE }, new Date())
  return ok({
    balance: round(Number(available.amount) - Number(credit_limit.amount)),
    price: toDecimal(price?.amountMicros ?? 0n),
    balance_limit: 0 - Number(credit_limit.amount),
  })
}

const round = (amount: number) => Math.round(amount * 1e6) / 1e6

/** `get_billing_record`: the newest first. */
export async function getRecords(context: DoorContext, given: string | undefined): Promise<Answer> {
  const count = Number(given)
  if (!Number.isInteger(count) || count < 1) return failed('count_record field must be a number')
  if (count > RECORDS_MAX) return failed('count_record field greater than 100')
  return ok((await listCalls(context, { last: count })).map(toBillingRow))
}

/** `post_billing_data`: the calls of whole Moscow days, oldest first. */
export async function getData(context: DoorContext, params: Params): Promise<Answer> {
  const [from, last] = [readDay(params.get('start_date')), readDay(params.get('end_date'))]
  if (!from) return badDay('start')
  if (!last) return badDay('end')
  const calls = callsBetween(context, from, new Date(last.getTime() + DAY_MS))
  return { status: 200, headers: { 'content-type': 'application/json' }, stream: asJson(calls) }
}

/** `get_billing_csv`: the calls since a Moscow day. */
export async function getCsv(context: DoorContext, day: string | undefined): Promise<Answer> {
  const from = readDay(day)
  if (!from) return badDay('start')
  const calls = callsBetween(context, from, new Date(Date.now() + DAY_MS))
  return { status: 200, headers: { 'content-type': 'text/csv; charset=utf-8' }, stream: asCsv(calls) }
}

const badDay = (which: 'start' | 'end') =>
  failed(`Incorrect data format field date_${which}, should be YYYY-MM-DD`)

async function* callsBetween(context: DoorContext, since: Date, until: Date): AsyncIterable<DoorCall[]> {
  // Clients name years that the database cannot hold, for "all".
  const from = new Date(Math.max(since.getTime(), 0))
  const to = new Date(Math.min(until.getTime(), Date.now() + DAY_MS))
  let after: number | undefined
  for (;;) {
    const calls = await listCalls(context, { from, to, ...(after === undefined ? {} : { after }) })
    if (calls.length === 0) return
    yield calls
    after = calls.at(-1)?.number
  }
}

async function* asJson(pages: AsyncIterable<DoorCall[]>): AsyncIterable<string> {
  yield '{"success":true,"error":"","data":['
  let isFirst = true
  for await (const calls of pages) {
    yield `${isFirst ? '' : ','}${calls.map((call) => JSON.stringify(toBillingRow(call))).join()}`
    isFirst = false
  }
  yield ']}'
}

const COLUMNS = ['created_at', 'code_auth', 'status', 'status_info', 'phone', 'price'] as const

/** No cell holds a comma, a quote or a line break: all are ours. */
async function* asCsv(pages: AsyncIterable<DoorCall[]>): AsyncIterable<string> {
  yield `${COLUMNS.join()}\n`
  for await (const calls of pages) {
    yield calls.map((call) => `${lineOf(toBillingRow(call))}\n`).join('')
  }
}

const lineOf = (row: ReturnType<typeof toBillingRow>) => COLUMNS.map((column) => row[column]).join()
