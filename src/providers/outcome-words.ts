import type { CallStatus } from './provider.ts'

/** The number of the SIP reply that a text names: `SIP 486`, `SIP/2.0 486 Busy Here`, `SIP code: 486`; null where it names none. */
export function sipReply(text: string): number | null {
  const [, digits] =
    /\bSIP[ /:=_-]*(?:2\.0[ :]+)?(?:(?:code|status|reply|response|код|ответ)[ :=]+)?([1-6]\d\d)(?!\d)/i.exec(
      text,
    ) ?? []
  return digits ? Number(digits) : null
}

/** How a call ended by its SIP reply; null while it goes on, `unknown` where the reply does not say whether the phone rang. */
export function outcomeOfSip(sip: number): CallStatus | null {
  if (sip < 200) return null
  if (sip < 300) return 'answered'
  if (sip === 486 || sip === 600) return 'busy'
  if (sip === 404 || sip === 484 || sip === 604) return 'no_such_number'
  return sip === 408 || sip === 480 || (sip >= 500 && sip < 600) ? 'unreachable' : 'unknown'
}

/** In this order: "не ответил" and "not available" hold words of what they deny. */
const WORDS: readonly (readonly [CallStatus, RegExp])[] = [
  ['no_such_number', /no such (?:number|subscriber)|(?:number|subscriber) does ?n[o']t exist|unallocated/],
  ['no_such_number', /не существует|несуществующ|нет такого (?:номера|абонента)/],
  [
    'no_answer',
    /no[ _-]?answer|not answer|unanswered|не (?:ответил|отвечает|бер[её]т|взял|снял)|нет ответа|без ответа/,
  ],
  [
    'unreachable',
    /unavailable|not available|unreachable|not reachable|out of (?:coverage|reach|range)|switched off/,
  ],
  ['unreachable', /недоступ|не доступ|вне зоны|выключен|отключ[её]н|не в сети|не обслуживается/],
  ['busy', /(?<!not )\bbusy\b|(?<!не )занят/],
  ['answered', /\banswered\b|ответил|отвечен/],
]

/** How a call ended in an operator's own words, English or Russian, where they cannot mistake; null for any others. */
export function outcomeInWords(text: string): CallStatus | null {
  const said = text.toLowerCase().replace(/\s+/g, ' ')
  return WORDS.find(([, words]) => words.test(said))?.[0] ?? null
}
