import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adjust, topUp } from '../../src/billing/post-by-hand.ts'
import { newPosting, savePostings } from '../../src/billing/posting.ts'
import { createPrice, deletePrice, updatePrice } from '../../src/billing/prices/prices.ts'
import { getStatement } from '../../src/billing/records/statement.ts'
import { exportStatement } from '../../src/billing/records/statement-lines.ts'
import { verifyLedger } from '../../src/billing/verify.ts'
import type { ClientContext } from '../../src/context.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, newPhone, placeCalls, refusal, secondApp, stored } from '../verifications/support.ts'
import { fund, liveRoute, liveTenant, money, type Operator, runToTheEnd, setPrice } from './support.ts'

let test: TestHttp
let other: ReturnType<typeof secondApp>
let operator: Operator
beforeAll(async () => {
  test = await startTestHttp()
  // For new connections: PostgreSQL's local day then differs from the statements' UTC day.
  const [database] = await test.app.db.sql<{ name: string }[]>`select current_database() as name`
  await test.app.db.sql.unsafe(`alter database "${database?.name}" set timezone = 'Pacific/Kiritimati'`)
  other = secondApp(test)
  ;[operator] = (await liveRoute(test, await liveTenant(test, 'installation'), ['telefon-ip'])) as [Operator]
})
afterAll(async () => {
  expect(await verifyLedger(test.app.db)).toEqual([])
  await other.app.close()
  await test.stop()
})

const codeOf = (phone: string) => test.sandbox.calls.list(operator.namespace, phone).at(-1)?.code ?? ''
const headersOf = ({ actor }: ClientContext) => ({
  'ringproof-tenant': `ten_${actor.tenantId.replaceAll('-', '')}`,
})

it('starts that race in two processes reserve no more than the balance', async () => {
  const client = await liveTenant(test)
  await setPrice(client, 350_000n)
  await fund(client, 7n * 350_000n + 349_999n)
  const sides = [client, other.as(client)]
  const starts = await Promise.allSettled(
    Array.from({ length: 30 }, (_, i) => begin(sides[i % 2] as ClientContext)),
  )
  expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(7)
  expect(await money(client)).toEqual(['2.799999', '2.450000', '0.349999'])
})

it('a debit and racing starts spend nothing twice', async () => {
  const client = await liveTenant(test)
  await setPrice(client, 1_000_000n)
  await fund(client, 5_000_000n)
  const debit = {
    direction: 'debit',
    amount: 5_000_000n,
    currency: 'RUB',
    reason: 'r',
    reference: null,
  } as const
  const starts = Array.from({ length: 8 }, () => begin(other.as(client)))
  const all = await Promise.allSettled([...starts, adjust(client, debit)])
  const started = all.slice(0, -1).filter(({ status }) => status === 'fulfilled').length
  const [balance, reserved] = await money(client)
  expect([balance, reserved]).toEqual(['0.000000', `${started}.000000`])
  expect(started).toBeLessThanOrEqual(5)
})

it('a call is charged at the price of its start, whatever happens to the price before it ends', async () => {
  const client = await liveTenant(test)
  const { id: price } = await setPrice(client, 350_000n)
  await fund(client, 10_000_000n)
  const dear = await begin(client)
  await placeCalls(test, dear.id)
  await updatePrice(client, { id: price, changes: { amount: 9_000_000n, per: 'approved' } })
  await waitFor(async () => {
    const list = await test.app.priceLists.of(client.actor.tenantId)
    return [...list.own.values()].flat().some(({ amountMicros }) => amountMicros === 9_000_000n)
  })
  await runToTheEnd(test, dear.id)
  expect(await money(client)).toEqual(['9.650000', '0.000000', '9.650000'])
  const { id } = await begin(client)
  expect((await money(client))[1]).toBe('9.000000')
  await deletePrice(client, { id: price })
  await cancel(client, { id })
  expect(await money(client)).toEqual(['9.650000', '0.000000', '9.650000'])
})

it('per approved: a code typed while the phone rings is charged once, and the end of its call charges no more', async () => {
  const client = await liveTenant(test)
  await setPrice(client, 350_000n, 'approved')
  await fund(client, 1_000_000n)
  const phone = newPhone()
  const { id } = await begin(client, { phone })
  await placeCalls(test, id)
  await confirm(client, { id, code: codeOf(phone) })
  expect(await money(client)).toEqual(['0.650000', '0.000000', '0.650000'])
  await runToTheEnd(test, id)
  expect(await money(client)).toEqual(['0.650000', '0.000000', '0.650000'])
  expect((await stored(test, id)).calls).toMatchObject([{ charge: 'captured' }])
})

it('per approved: many right codes at once are one approval and one charge', async () => {
  const client = await liveTenant(test)
  await setPrice(client, 350_000n, 'approved')
  await fund(client, 1_000_000n)
  const phone = newPhone()
  const { id } = await begin(client, { phone })
  await runToTheEnd(test, id)
  const code = codeOf(phone)
  const sides = [client, other.as(client)]
  await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      i % 5 === 4 ? cancel(client, { id }) : confirm(sides[i % 2] as ClientContext, { id, code }),
    ),
  )
  const [balance, reserved] = await money(client)
  expect(reserved).toBe('0.000000')
  const [call] = (await stored(test, id)).calls
  expect(balance).toBe(call?.charge === 'captured' ? '0.650000' : '1.000000')
})

it('a default price in another currency does not apply to the tenant', async () => {
  const client = await liveTenant(test)
  const dollars = { prefix: '+7924', channel: 'flash_call', per: 'attempt', currency: 'USD' } as const
  const made = await createPrice(client, { ...dollars, amount: 1n, list: 'default' })
  await waitFor(async () => (await test.app.priceLists.of(client.actor.tenantId)).defaults.size > 0)
  await fund(client, 1_000_000n)
  const { id } = await begin(client)
  expect((await stored(test, id)).calls).toMatchObject([{ priceMicros: null, charge: null }])
  expect((await refusal(createPrice(client, { ...dollars, amount: 1n, list: 'own' }))).status).toBe(422)
  await deletePrice(client, made)
})

it('a debit may exceed the credit limit; then no start is accepted, and the statement shows it', async () => {
  const client = await liveTenant(test)
  await setPrice(client, 1n)
  await adjust(client, {
    direction: 'debit',
    amount: 12_500_000n,
    currency: 'RUB',
    reason: '-1+1',
    reference: null,
  })
  expect(await money(client)).toEqual(['-12.500000', '0.000000', '-12.500000'])
  expect((await refusal(begin(client))).code).toBe('insufficient_balance')
  const month = new Date().toISOString().slice(0, 7)
  let text = ''
  for await (const piece of exportStatement(client, { month, bom: '0' })) text += piece
  expect(text).toMatch(/,"'-1\+1",,-12\.500000,-12\.500000,RUB\r\n/)
})

it('top-ups beyond the number range are refused by name, and nothing is posted', async () => {
  const client = await liveTenant(test)
  const most = { amount: 10n ** 18n, currency: 'RUB', reference: null }
  await topUp(client, most)
  expect((await refusal(topUp(client, most))).options.errors?.[0]?.path).toBe('amount')
  const debit = { ...most, direction: 'debit', reason: 'r' } as const
  await adjust(client, debit)
  await adjust(client, debit)
  expect((await refusal(adjust(client, debit))).options.errors?.[0]?.path).toBe('amount')
  expect((await money(client))[0]).toBe('-1000000000000.000000')
})

describe('one Idempotency-Key', () => {
  const topUps = (headers: Record<string, string>, amount = '1') =>
    test.request('POST', '/v1/billing/topups', { key: ADMIN_KEY, body: { amount, currency: 'RUB' }, headers })

  it('tops up once, however many requests race', async () => {
    const client = await liveTenant(test)
    const headers = { ...headersOf(client), 'idempotency-key': 'one' }
    const answers = await Promise.all(Array.from({ length: 10 }, () => topUps(headers)))
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true)
    expect((await topUps(headers)).status).toBe(201)
    expect((await topUps(headers, '2')).status).toBe(422)
    expect((await money(client))[0]).toBe('1.000000')
  })
})

describe('a month’s statement', () => {
  it('begins and ends at midnight UTC, in any zone of database and process', async () => {
    const client = other.as(await liveTenant(test))
    const [zone] = await client.db.sql<{ name: string }[]>`select current_setting('timezone') as name`
    expect(zone?.name).toBe('Pacific/Kiritimati')
    const { tenantId } = client.actor
    const moments = [
      '2026-01-31T23:59:59.999Z',
      '2026-02-01T00:00:00.000Z',
      '2026-02-28T23:59:59.999Z',
      '2026-03-01T00:00:00.000Z',
    ]
    const common = {
      ownerId: tenantId,
      from: 'top_ups',
      to: 'funds',
      currency: 'RUB',
      kind: 'topup',
      actor: 'test',
    } as const
    const postings = moments.map((at, i) =>
      newPosting({ ...common, amountMicros: 10n ** BigInt(i) * 1_000_000n, at: new Date(at) }, { tenantId }),
    )
    await client.db.sql.begin((tx) => savePostings(tx, postings))
    const of = async (month: string) => {
      const { opening_balance, top_ups, closing_balance } = await getStatement(client, { month })
      return [opening_balance, top_ups, closing_balance].map(({ amount }) => Number(amount))
    }
    expect(await of('2026-01')).toEqual([0, 1, 1])
    expect(await of('2026-02')).toEqual([1, 110, 111])
    expect(await of('2026-03')).toEqual([111, 1000, 1111])
    let text = ''
    for await (const piece of exportStatement(client, { month: '2026-02', bom: '0' })) text += piece
    expect(text.split('\r\n').map((line) => line.split(',')[0])).toEqual([
      'at',
      '2026-02-01T00:00:00.000Z',
      '2026-02-01T00:00:00.000Z',
      '2026-02-28T23:59:59.999Z',
      '2026-03-01T00:00:00.000Z',
      '',
    ])
  })

  it.each([
    'from=2026-02-29',
    'from=2026-02-30',
    'to=2026-04-31T00:00:00Z',
    'from=2025-01-01&to=2026-01-03',
    'from=2026-01-02&to=2026-01-01',
    'from=2026-01-01T00:00:00',
    'to=1e5',
    'from=2026-01-01T24:00:01Z',
  ])('and no list takes %s', async (query) => {
    for (const list of ['records', 'summary']) {
      const answer = await test.request('GET', `/v1/billing/${list}?${query}`)
      expect(answer.status).toBe(422)
    }
  })
})
