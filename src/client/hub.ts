import type { ServerResponse } from 'node:http'
import type { App } from '../context.ts'
import { AppError } from '../errors.ts'
import { describeError } from '../process/log.ts'
import { createShares } from '../process/shares.ts'
import { isActive } from '../values/statuses.ts'
import { say } from '../words/text.ts'
import { type OwnState, readOwn } from './read.ts'

const TICK_MS = 500
/** With more verifications than this, the process looks half as often. */
const MANY = 2000
const IDS_AT_ONCE = 1000
/** A user's page has one stream, and a few while it reconnects. */
const PER_VERIFICATION = 5
/** Streams of a process at a time. A lone tenant gets 10,000 of them. */
const STREAMS_MAX = 11_250
const TIMES_FREE = 8
/** A comment this long after the last event keeps proxies from closing the connection. */
const QUIET_MS = 15_000
/** What a client may leave unread. */
const UNREAD_BYTES_MAX = 64 * 1024
/** After a lost connection, clients wait this long, each another time: they do not all come back at once. */
const RETRY_MS = { least: 1000, most: 3000 }

/** The streams of one verification. Thousands are open at a time: it has no timer, promise or closure of its own. */
type Group = { id: string; tenantId: string; version: number; saidAt: number; streams: ServerResponse[] }

export type Hub = {
  /** Adds a stream. Throws 429 for too many of its verification, and 503 for too many of the process. */
  join(
    begin: () => ServerResponse,
    stream: { tenantId: string; state: OwnState; lastEventId: string | undefined },
  ): void
  /** Ends all streams: clients reconnect to another process. */
  close(): void
}

/** Tells all streams of the process, by one statement for up to a thousand, whose verifications have changed. */
export function createHub(
  app: Pick<App, 'db' | 'log'>,
  { quietMs = QUIET_MS }: { quietMs?: number } = {},
): Hub {
  const groups = new Map<string, Group>()
  const groupOf = new Map<ServerResponse, Group>()
  const shares = createShares(STREAMS_MAX, TIMES_FREE)
  let timer: NodeJS.Timeout | null = null
  let ticks = 0
  let isLooking = false
  let closed = false

  function leave(this: ServerResponse): void {
    const group = groupOf.get(this)
    if (!group) return
    groupOf.delete(this)
    shares.add(group.tenantId, -1)
    group.streams.splice(group.streams.indexOf(this), 1)
    if (group.streams.length === 0) groups.delete(group.id)
    if (groups.size === 0 && timer) {
      clearInterval(timer)
      timer = null
    }
  }

  function write(group: Group, text: string): void {
    group.saidAt = performance.now()
    for (const stream of [...group.streams]) {
      if (stream.writableLength > UNREAD_BYTES_MAX) stream.destroy()
      else stream.write(text)
    }
  }

  function tell({ id, version, view }: OwnState): void {
    const group = groups.get(id)
    if (!group || group.version >= version) return
    group.version = version
    write(group, eventOf(version, view))
    if (!isActive(view.status)) for (const stream of [...group.streams]) finish(stream)
  }

  function finish(stream: ServerResponse): void {
    leave.call(stream)
    stream.end()
  }

  async function lookAt(some: readonly Group[]): Promise<void> {
    const ids = some.map(({ id }) => id)
    const versions = some.map(({ version }) => version)
    const changed = await app.db.sql<{ id: string }[]>`
      select v.id from unnest(${ids}::uuid[], ${versions}::int[]) as known (id, version)
      join verifications v on v.id = known.id and v.audit_seq > known.version`
    if (changed.length === 0) return
    const states = await readOwn(
      app,
      changed.map(({ id }) => id),
    )
    for (const state of states) tell(state)
  }

  async function look(): Promise<void> {
    isLooking = true
    try {
      const all = [...groups.values()]
      for (let i = 0; i < all.length; i += IDS_AT_ONCE) await lookAt(all.slice(i, i + IDS_AT_ONCE))
    } catch (error) {
      app.log.warn(describeError(error), 'client events wait for the database')
    }
    isLooking = false
  }

  function tick(): void {
    ticks += 1
    const due = performance.now() + TICK_MS - quietMs
    for (const group of groups.values()) if (group.saidAt < due) write(group, ': still here\n\n')
    if (!isLooking && (groups.size <= MANY || ticks % 2 === 0)) void look()
  }

  return {
    join(begin, { tenantId, state, lastEventId }) {
      const { id, version, view } = state
      const known = groups.get(id)
      if ((known?.streams.length ?? 0) >= PER_VERIFICATION) {
        throw new AppError('too_many_requests', { detail: say('client_streams'), retryAfterSeconds: 5 })
      }
      if (!shares.fits(tenantId)) {
        throw new AppError('unavailable', { detail: say('client_streams_at_capacity'), retryAfterSeconds: 3 })
      }
      const stream = begin()
      const isFinal = !isActive(view.status)
      const isNews = isFinal || String(version) !== lastEventId
      stream.write(`retry: ${retryMs()}\n\n${isNews ? eventOf(version, view) : ''}`)
      if (isFinal || closed) return void stream.end()
      tell(state)
      // Read before the others were told of a later one: the next look tells all again.
      if (known && known.version > version) known.version = version
      const group = known ?? { id, tenantId, version, saidAt: performance.now(), streams: [] }
      group.streams.push(stream)
      groups.set(id, group)
      groupOf.set(stream, group)
      shares.add(tenantId, 1)
      // What the server keeps of the request, for as long as the connection is open, is of no use any more.
      stream.removeAllListeners('close')
      stream.on('close', leave)
      timer ??= setInterval(tick, TICK_MS)
    },

    close() {
      closed = true
      for (const stream of [...groupOf.keys()]) {
        const { socket } = stream
        finish(stream)
        socket?.destroySoon()
      }
    },
  }
}

const eventOf = (version: number, view: OwnState['view']) =>
  `id: ${version}\nevent: verification\ndata: ${JSON.stringify(view)}\n\n`

const retryMs = () => Math.round(RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least))
