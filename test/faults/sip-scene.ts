import postgres from 'postgres'
import type { CallView } from '../../src/gateway/call.ts'
import { parseId } from '../../src/values/ids.ts'
import { startRelay } from '../gateway/relay.ts'
import { KEY, startGatewayProcess } from '../gateway/support.ts'
import { createTestDatabase } from '../setup/database.ts'
import { freePort } from '../setup/ports.ts'
import { startStack } from '../setup/processes.ts'
import { scenario, startSipp, type Traced } from '../setup/sip-peers.ts'
import { startDoor } from './door.ts'
import { admin, raiseLimits } from './operators.ts'
import type { Judged } from './verdict.ts'

type AtEnd = (stop: () => void | Promise<void>) => void
export type SipScene = Awaited<ReturnType<typeof openSipScene>>

/** An account at a trunk, with a view of the trunk’s own ledger. */
export type Trunk = Judged & {
  uuid: string
  /** Each dialog once, however often its INVITE arrived. */
  dialogs(): Dialog[]
  /** When the trunk first heard a request of each call, in milliseconds. */
  heard(method: string): number[]
}

/** A dialog in the trunk’s ledger: who was called, from which number, and the final reply, 0 if none was given. */
export type Dialog = { to: string; from: string; final: number; rang: boolean }

/** Short pauses, and nothing that steers calls elsewhere. */
const SETTINGS = {
  numbers: ['+74951110000-74951119999'],
  max_in_flight: 200,
  max_per_second: 500,
  options_seconds: 0,
  setup_ms: 5_000,
  ring_ms: 3_000,
  request_timeout_ms: 4_000,
  adopt_after_seconds: [0.2, 0.5, 1],
  poll_first_ms: 150,
  poll_max_ms: 400,
  reorder: false,
  breaker: false,
}

/** The whole service, its gateway behind a network that can be broken, and sipp as the trunks. */
export async function openSipScene(atEnd: AtEnd) {
  const gateway = await startGatewayProcess({}, {}, atEnd)
  const door = await startDoor(gateway.url, atEnd)
  const database = await createTestDatabase()
  atEnd(() => database.drop())
  const stack = await startStack({
    databaseUrl: database.url,
    env: { LOG_LEVEL: 'warn', GATEWAY_URL: door.url, GATEWAY_KEY: KEY },
  })
  atEnd(() => stack.stop())
  await raiseLimits(stack)
  let opened = 0

  /** An account at a trunk of its own that does these steps with every call. `carry`: the network on the way. */
  async function openTrunk(
    steps: readonly string[],
    { settings = {}, carry }: { settings?: object; carry?: Parameters<typeof startRelay>[1] } = {},
  ): Promise<Trunk> {
    opened += 1
    const place = { address: `127.0.0.${20 + opened}`, port: await freePort() }
    const sipp = await startSipp(scenario(...steps), place)
    atEnd(() => sipp.stop())
    const direct = { server: place.address, port: place.port }
    const { server, port } = carry ? await startRelay(direct, carry, atEnd) : direct
    const account = await admin(stack, 'POST', '/v1/provider-accounts', {
      provider: 'sip',
      name: `trunk ${opened}`,
      base_url: `sip:${server}:${port}`,
      credentials: {},
      settings: { ...SETTINGS, ...settings },
    })
    const dialogs = () => dialogsOf(sipp.messages())
    return {
      id: String(account.id),
      uuid: parseId('account', account.id) ?? '',
      dialogs,
      received: async (phone) => dialogs().flatMap(({ to, from }) => (to === phone ? [from] : [])),
      ledger: async () => dialogs().map(({ to }) => ({ operator: 'sip', channel: 'flash_call', phone: to })),
      heard(method) {
        const byCall = Map.groupBy(sipp.received(method), ({ callId }) => callId)
        return [...byCall.values()].map((all) => Math.min(...all.map(({ at }) => at)))
      },
    }
  }

  let phones = 0
  /** Starts that many verifications of phones that the trunks serve, in that order. */
  async function begin(count: number, ...trunks: Trunk[]) {
    const prefix = `+79${String(opened).padStart(2, '0')}`
    await admin(stack, 'POST', '/v1/routes', {
      prefix,
      channel: 'flash_call',
      accounts: trunks.map(({ id }) => id),
    })
    return Promise.all(
      Array.from({ length: count }, async () => {
        phones += 1
        const phone = `${prefix}${1_000_000 + phones * 7}`
        const { id } = await admin(stack, 'POST', '/v1/verifications', { phone, ttl_seconds: 60 })
        return { id: String(id), phone }
      }),
    )
  }

  /** The gateway’s journal of a trunk. */
  async function journal({ uuid }: Trunk): Promise<CallView[]> {
    const [from, to] = [Date.now() - 3_600_000, Date.now() + 60_000].map((at) => new Date(at).toISOString())
    const page = await gateway.request('GET', `/v1/calls?from=${from}&to=${to}&trunk=${uuid}`)
    if (page.status !== 200 || page.body.next !== null) throw new Error(JSON.stringify(page.body))
    return page.body.data
  }

  /** How many verifications have not reached a final status. */
  async function unfinished(): Promise<number> {
    const sql = postgres(database.url, { max: 1, onnotice: () => {} })
    const rows = await sql`
      select from verifications where status not in ('approved', 'locked', 'failed', 'expired', 'cancelled', 'denied')`
    await sql.end()
    return rows.length
  }

  return { gateway, door, database, stack, openTrunk, begin, journal, unfinished }
}

function dialogsOf(messages: readonly Traced[]): Dialog[] {
  return [...Map.groupBy(messages, ({ callId }) => callId).values()].flatMap((call): Dialog[] => {
    const invite = call.find(({ way, method }) => way === 'received' && method === 'INVITE')
    if (!invite) return []
    const replies = call.filter(({ way, method }) => way === 'sent' && method === 'INVITE')
    const user = (header: string) =>
      new RegExp(`^${header}:.*?<sip:([^@>]+)@`, 'im').exec(invite.text)?.[1] ?? ''
    return [
      {
        to: user('To'),
        from: user('From'),
        final: replies.find(({ status }) => status >= 200)?.status ?? 0,
        rang: replies.some(({ status }) => status === 180),
      },
    ]
  })
}
