import type { CallStatus } from './provider.ts'

/**
 * The SIP status code in a text: `SIP 486`, `SIP/2.0 486 Busy Here`, `SIP code: 486`; null if there is none.
 */
export function sipReply(text: string): number | null {
  const [, digits] =
    /\bSIP[ /:=_-]*(?:2\.0[ :]+)?(?:(?:code|status|reply|response|код|ответ)[ :=]+)?([1-6]\d\d)(?!\d)/i.exec(
      text,
    ) ?? []
  return digits ? Number(digits) : null
}

/**
 * How a call ended by its SIP status code; null while it continues, `unknown` if the code does not say
 * whether it rang.
 */
export function outcomeOfSip(sip: number): CallStatus | null {
  if (sip < 200) return null
  if (sip < 300) return 'answered'
  if (sip === 486 || sip === 600) return 'busy'
  if (sip === 404 || sip === 484 || sip === 604) return 'no_such_number'
  return sip === 408 || sip === 480 || (sip >= 500 && sip < 600) ? 'unreachable' : 'unknown'
}

const whom =
  '(?:subscriber|user|phone|mobile|number|callee|party|destination|абонент[а-я]*|телефон[ау]?|аппарат|номер[а-я]*)'
const away =
  '(?:unavailable|not available|unreachable|not reachable|switched off|out of (?:coverage|reach|range)|недоступ[а-я]*|не доступ[а-я]*|выключен|отключ[её]н|не в сети|не обслуживается)'
/** The operator's own troubles: its lines are busy, its records do not exist, its server does not answer. */
const own =
  '(?:not|all|server|system|network|trunks?|circuits?|channels?|service|не|все|сервер|систем[а-я]*|сеть|сети|каналы?|сервис)'

/** Words that say how the call to the phone ended, and can mean nothing else. */
const WORDS: readonly (readonly [CallStatus, readonly string[]])[] = [
  [
    'no_such_number',
    [
      'no such (?:number|subscriber)',
      'unallocated number',
      `${whom} .{0,20}(?:does ?n[o'’]t exist|does not exist|не существует)`,
      `несуществующ[а-я]* ${whom}`,
      `нет такого ${whom}`,
    ],
  ],
  [
    'no_answer',
    [
      '(?:no[ _-]?answer|нет ответа|без ответа)(?! (?:from|от) (?!user|subscriber|абонент))',
      'unanswered|not answered|не ?отвечен[а-я]*',
      `${whom} .{0,12}не (?:ответил|отвечает|бер[её]т|взял|снял)[а]?`,
      'не (?:ответил[аи]?|отвечает)$',
    ],
  ],
  [
    'unreachable',
    [`${whom} .{0,25}${away}`, `^(?:error:? )?(?:временно |temporarily )?${away}$`, 'вне зоны действия'],
  ],
  ['busy', [`(?<!${own} (?:[^ ]+ ){0,2})(?:busy|занят[аоы]?)`]],
  ['answered', ['^(?:call |абонент |вызов )?(?:answered|ответил|отвечен)$']],
]
const WHOLE_WORDS = WORDS.map(
  ([status, words]) => [status, new RegExp(`(?<!\\p{L})(?:${words.join('|')})(?!\\p{L})`, 'u')] as const,
)

/** The operator will call again by itself, so "unreachable" is not an end yet. */
const AGAIN = /(?<!\p{L})(?:повтор|перезвон|retry|retries|again|next (?:try|attempt))/u

/**
 * How a call ended by an operator's own words, English or Russian, if they are unmistakable; otherwise null.
 */
export function outcomeInWords(text: string): CallStatus | null {
  const said = text
    .toLowerCase()
    .replace(/[\s.!]+/g, ' ')
    .trim()
  const status = WHOLE_WORDS.find(([, words]) => words.test(said))?.[0] ?? null
  return status === 'unreachable' && AGAIN.test(said) ? null : status
}
