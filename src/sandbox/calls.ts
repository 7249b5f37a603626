import { randomInt } from 'node:crypto'
import type { Channel } from '../channels/channels.ts'
import { hasReached } from '../channels/reached.ts'
import type { CallStatus } from '../providers/provider.ts'
import type { Course } from './courses.ts'
import type { Dialect } from './dialects.ts'

/** A call that a simulated operator dialled, or a message that it sent. `at`: milliseconds. */
export type DialledCall = {
  /** 16 decimal digits; ids increase and never repeat those of an earlier run. */
  id: number
  namespace: string
  operator: string
  channel: Channel
  /** E.164. */
  phone: string
  /** The calling number (E.164), or the name of a message's sender. */
  from: string
  code: string
  at: number
  course: Course
  /** How its operator reports it; absent: in the normal way. */
  dialect?: Dialect | undefined
}

export type HandsetCall = { from: string; to: string; channel: Channel; at: string; status: string }

export type HandsetMessage = { from: string; to: string; channel: Channel; at: string; text: string }

/** The price of a delivered call at a simulated operator, in its currency. */
export const CALL_PRICE = 0.2

/** Operators charge for calls that rang and messages that arrived. */
export const isCharged = (channel: Channel, end: CallStatus | null): boolean =>
  end !== null && hasReached(channel, end)

/** The balance of an account before its first call: enough for five million calls. */
const FIRST_BALANCE = 1_000_000

const KEPT_MS = 3_600_000
const EVICT_EVERY = 1_024
/** How many calls the handsets show at most. */
const MOST_SHOWN = 1_000

export type Calls = {
  /** `from`: where the caller chose it, as over SIP. */
  dial(call: Omit<DialledCall, 'id' | 'at' | 'from'> & { from?: string }): DialledCall
  byId(namespace: string, operator: string, id: number): DialledCall | null
  /** Calls of a namespace, or of one phone in it, oldest first. */
  list(namespace: string, phone?: string): DialledCall[]
  /**
   * A namespace's balance at an operator and the cost of its delivered calls, including calls no longer kept.
   */
  money(namespace: string, operator: string): { left: number; spent: number }
  /** The end of a call as its operator reports it now; null: still open. */
  reported(call: DialledCall): CallStatus | null
  /** The calls that handsets received, newest first, at most a thousand. */
  handset(namespace: string, phone?: string): HandsetCall[]
  /** The texts and Telegram messages that handsets received, newest first, at most a thousand. */
  messages(namespace: string, phone?: string): HandsetMessage[]
}

/**
 * Keeps calls in memory: those of the last hour, at most `most`. Needs no timer per call: the time since
 * dialling determines a call's state. `now`: milliseconds.
 */
export function createCalls(now: () => number, most = 200_000): Calls {
  const all = new Map<number, DialledCall>()
  const indexes = new Map<string, Set<DialledCall>>()
  /** How many evicted calls were charged, by account. */
  const gone = new Map<string, number>()
  let lastId = now() * 1_000

  const keysOf = ({ namespace, phone }: DialledCall) => [namespace, `${namespace} ${phone}`]
  function evict() {
    for (const call of all.values()) {
      if (all.size <= most && call.at > now() - KEPT_MS) return
      all.delete(call.id)
      const account = accountOf(call)
      if (isCharged(call.channel, call.course.end)) gone.set(account, (gone.get(account) ?? 0) + 1)
      for (const key of keysOf(call)) {
        const index = indexes.get(key)
        index?.delete(call)
        if (index?.size === 0) indexes.delete(key)
      }
    }
  }

  function list(namespace: string, phone?: string): DialledCall[] {
    const kept = indexes.get(phone === undefined ? namespace : `${namespace} ${phone}`)
    return kept ? [...kept].filter((call) => call.at > now() - KEPT_MS) : []
  }

  const received = (namespace: string, phone?: string) =>
    list(namespace, phone).filter(
      ({ at, course }) => course.ringsAfterMs !== null && now() - at >= course.ringsAfterMs,
    )

  function reported(call: DialledCall): CallStatus | null {
    return now() - call.at < call.course.reportedAfterMs ? null : call.course.end
  }

  return {
    list,
    reported,
    dial(asked) {
      lastId += 1
      const call = { ...asked, id: lastId, at: now(), from: asked.from ?? senderOf(asked) }
      all.set(call.id, call)
      for (const key of keysOf(call)) {
        const index = indexes.get(key)
        if (index) index.add(call)
        else indexes.set(key, new Set([call]))
      }
      if (call.id % EVICT_EVERY === 0 || all.size > most + EVICT_EVERY) evict()
      return call
    },
    byId(namespace, operator, id) {
      const call = all.get(id)
      return call?.namespace === namespace && call.operator === operator ? call : null
    },
    money(namespace, operator) {
      const kept = [...(indexes.get(namespace) ?? [])].filter(
        (call) => call.operator === operator && isCharged(call.channel, reported(call)),
      )
      const charged = kept.length + (gone.get(accountOf({ namespace, operator })) ?? 0)
      return { left: toPlaces(FIRST_BALANCE - charged * CALL_PRICE), spent: toPlaces(charged * CALL_PRICE) }
    },
    handset(namespace, phone) {
      return received(namespace, phone)
        .filter((call) => !isMessage(call.channel))
        .slice(-MOST_SHOWN)
        .map((call) => onHandset(call, now()))
        .reverse()
    },
    messages(namespace, phone) {
      return received(namespace, phone)
        .filter((call) => isMessage(call.channel))
        .map(inInbox)
        .sort((a, b) => (a.at < b.at ? 1 : -1))
        .slice(0, MOST_SHOWN)
    },
  }
}

/** Operators report money with two decimals. */
const toPlaces = (amount: number) => Number(amount.toFixed(2))

const accountOf = ({ namespace, operator }: Pick<DialledCall, 'namespace' | 'operator'>) =>
  `${operator} ${namespace}`

function onHandset({ from, phone, channel, at, course }: DialledCall, now: number): HandsetCall {
  const ended = course.end === 'no_answer' ? 'missed' : course.end
  return {
    from: course.rewritten ? from.slice(0, -1) + ((Number(from.at(-1)) + 1) % 10) : from,
    to: phone,
    channel,
    at: new Date(at).toISOString(),
    status: now - at < course.endsAfterMs ? 'ringing' : ended,
  }
}

/** `at`: when it arrived. */
function inInbox({ from, phone, channel, at, code, course }: DialledCall): HandsetMessage {
  const arrivedAt = at + (course.ringsAfterMs ?? 0)
  return { from, to: phone, channel, at: new Date(arrivedAt).toISOString(), text: `Ваш код: ${code}` }
}

const isMessage = (channel: Channel) => channel === 'sms' || channel === 'telegram'

function senderOf({ channel, code, operator }: Pick<DialledCall, 'channel' | 'code' | 'operator'>): string {
  return isMessage(channel) ? operator : callerNumber(code)
}

/** A Moscow number that ends with the code: `+7495` and seven more digits. */
function callerNumber(code: string): string {
  const free = 7 - code.length
  return `+7495${String(randomInt(10 ** free)).padStart(free, '0')}${code}`
}
