import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { writeNumber } from '../number-formats.ts'
import { openAri } from './asterisk/ari.ts'
import { type ChannelNews, endOf, type Watched } from './asterisk/events.ts'
import { createEndpoint } from './asterisk/line.ts'
import { type CallRecords, openRecords } from './asterisk/records.ts'
import type { Engine, Heard, Leg } from './engine.ts'

export type AsteriskOptions = {
  url: string
  user: string
  password: string
  /** The database with Asterisk’s records of calls, for those that ended while we were away. */
  recordsUrl?: string | undefined
  /** How long Asterisk’s events may be silent, in milliseconds, until their connection counts as dead; 24 s by default. */
  silenceMs?: number | undefined
  failed(error: Error): void
}

/** An event may be on its way when a request already finds no channel; and a record is written after the end. */
const GRACE_MS = 500
const RECORD_TRIES = 4
/** Until a question that Asterisk did not answer is asked again. */
const AGAIN_MS = 1_000
/** Looked at every quarter: a dead connection is found within 30 s. */
const SILENCE_MS = 24_000

/** `isPlaced`: Asterisk may know the channel. */
type Open = Watched & { hear(heard: Heard): void; isPlaced: boolean }

const UNHEARD = { isPlaced: false, wantsEnd: false, isHeard: false, isMissed: false }

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
    silenceMs: options.silenceMs ?? SILENCE_MS,
    heard,
    opened() {
      for (const [id, call] of open) {
        call.isMissed = true
        if (call.isPlaced) void catchUp(id)
      }
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
    } else if (news.kind === 'end') finish(news.id, endOf(news.cause, news.techCause, call))
    else if (news.kind === 'progress') sign(call, 'progress')
    else heardState(news.id, call, news.state)
  }

  function sign(call: Open, kind: 'ringing' | 'progress'): void {
    call.isHeard = true
    call.hear({ kind })
  }

  function heardState(id: string, call: Open, state: string): void {
    if (state === 'Ringing') sign(call, 'ringing')
    if (state !== 'Up') return
    finish(id, { kind: 'final', status: 200, q850: null })
    ari.hangUp(id).catch(options.failed)
  }

  /** Asks Asterisk what became of a call until it answers, and ends the call if nobody wants it any more. */
  async function catchUp(id: string): Promise<void> {
    let isReported = false
    for (let call = open.get(id); call; call = open.get(id)) {
      try {
        return await ask(id, call)
      } catch (error) {
        if (!isReported) options.failed(error as Error)
        isReported = true
        await pause(AGAIN_MS)
      }
    }
  }

  async function ask(id: string, call: Open): Promise<void> {
    const state = await ari.stateOf(id)
    if (state === null) return await readRecord(id)
    if (!open.has(id)) return
    heardState(id, call, state)
    if (!open.has(id)) return
    if (!call.wantsEnd) return await ari.subscribe(id)
    if (!(await ari.hangUp(id))) return await readRecord(id)
    // The event follows, unless this connection does not get the channel’s.
    await pause(GRACE_MS)
    finish(id, endOf(0, null, call))
  }

  /** The channel is gone: its event may still come, and its record. */
  async function readRecord(id: string): Promise<void> {
    for (let tries = RECORD_TRIES; tries > 0 && open.has(id); tries -= 1) {
      await pause(GRACE_MS)
      const answered = open.has(id) ? await records?.wasAnswered(id) : null
      if (answered) return finish(id, { kind: 'final', status: 200, q850: null })
      // A record does not tell whether a phone that was not answered rang.
      if (!records || answered === false) break
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
        const call: Open = { ...UNHEARD, hear: hooks.hear }
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
      const call: Open = { ...UNHEARD, hear, isPlaced: true, wantsEnd: true, isMissed: true }
      open.set(data.channel, call)
      return legOf(data.channel, call)
    },
    async close() {
      await ari.close()
      await records?.close()
    },
  }
}
