import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { writeNumber } from '../number-formats.ts'
import { openAri } from './asterisk/ari.ts'
import { type ChannelNews, endOf, endOfRecord } from './asterisk/events.ts'
import { createEndpoint } from './asterisk/line.ts'
import { type CallRecords, openRecords } from './asterisk/records.ts'
import type { Engine, Heard, Leg } from './engine.ts'

export type AsteriskOptions = {
  url: string
  user: string
  password: string
  /** The database with Asterisk’s records of calls, for those that ended while we were away. */
  recordsUrl?: string | undefined
  failed(error: Error): void
}

/** An event may be on its way when a request already finds no channel; and a record is written after the end. */
const GRACE_MS = 500
const RECORD_TRIES = 4

/** `isPlaced`: Asterisk may know the channel. */
type Open = { hear(heard: Heard): void; isPlaced: boolean; wantsEnd: boolean }

const record = z.object({ channel: z.string() })

/**
 * SIP in Asterisk, by ARI: its endpoints are the trunks, with their passwords and registrations. The channel’s id is
 * the call’s, and Asterisk refuses a second channel with it. All timers are ours; Asterisk’s own only ends calls
 * that nobody watches any more.
 */
export function createAsteriskEngine(options: AsteriskOptions): Engine {
  const open = new Map<string, Open>()
  const records: CallRecords | null = options.recordsUrl
    ? openRecords(options.recordsUrl, options.failed)
    : null
  const ari = openAri({
    ...options,
    heard,
    opened() {
      for (const [id, { isPlaced }] of open) if (isPlaced) void catchUp(id)
    },
  })

  function finish(id: string, last: Heard): void {
    const call = open.get(id)
    open.delete(id)
    call?.hear(last)
  }

  function heard(news: ChannelNews): void {
    const call = open.get(news.id)
    if (!call) {
      // Given up here, but not there.
      if (news.kind === 'state') ari.hangUp(news.id).catch(options.failed)
    } else if (news.kind === 'end') finish(news.id, endOf(news.cause, news.techCause, call.wantsEnd))
    else if (news.kind === 'progress') call.hear({ kind: 'progress' })
    else heardState(news.id, call, news.state)
  }

  function heardState(id: string, call: Open, state: string): void {
    if (state === 'Ringing') call.hear({ kind: 'ringing' })
    if (state !== 'Up') return
    finish(id, { kind: 'final', status: 200, q850: null })
    ari.hangUp(id).catch(options.failed)
  }

  /** Asks Asterisk what became of a call, and ends it if nobody wants it any more. Asks again once reconnected. */
  async function catchUp(id: string): Promise<void> {
    try {
      const state = await ari.stateOf(id)
      const call = open.get(id)
      if (!call) return
      if (state === null) return await readRecord(id)
      heardState(id, call, state)
      if (!open.has(id)) return
      if (!call.wantsEnd) return await ari.subscribe(id)
      if (!(await ari.hangUp(id))) return await readRecord(id)
      // The event follows, unless this connection does not get the channel’s.
      await pause(GRACE_MS)
      finish(id, { kind: 'final', status: 487, q850: null })
    } catch (error) {
      options.failed(error as Error)
    }
  }

  /** The channel is gone: its event may still come, and its record. */
  async function readRecord(id: string): Promise<void> {
    for (let tries = RECORD_TRIES; tries > 0 && open.has(id); tries -= 1) {
      await pause(GRACE_MS)
      const disposition = open.has(id) ? await records?.dispositionOf(id) : null
      if (disposition) return finish(id, endOfRecord(disposition))
      if (!records) break
    }
    finish(id, { kind: 'lost' })
  }

  const legOf = (id: string, call: Open): Leg => ({
    cancel() {
      call.wantsEnd = true
      void catchUp(id)
    },
    drop: () => void open.delete(id),
  })

  return {
    connect: (settings) =>
      createEndpoint(ari, settings, async (order, hooks) => {
        const call: Open = { hear: hooks.hear, isPlaced: false, wantsEnd: false }
        await hooks.record({ channel: order.id } satisfies z.infer<typeof record>)
        open.set(order.id, call)
        const placed = await ari.originate({
          id: order.id,
          endpoint: settings.server,
          number: writeNumber(order.to, settings.called_format),
          from: writeNumber(order.from, settings.number_format),
          seconds: Math.ceil(order.lastsMs / 1000),
        })
        call.isPlaced = true
        if (placed === 'invalid') finish(order.id, { kind: 'final', status: 400, q850: null })
        if (placed === 'refused') finish(order.id, { kind: 'final', status: 503, q850: null })
        if (placed === 'unclear') void catchUp(order.id)
        if (placed === 'placed' && open.has(order.id)) call.hear({ kind: 'trying' })
        return legOf(order.id, call)
      }),
    resume(recorded, hear) {
      const { data } = record.safeParse(recorded)
      if (!data) return null
      const call: Open = { hear, isPlaced: true, wantsEnd: true }
      open.set(data.channel, call)
      return legOf(data.channel, call)
    },
    async close() {
      await ari.close()
      await records?.close()
    },
  }
}
