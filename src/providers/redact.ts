const LONGEST = 200
const HIDDEN = '•••'

const SIP_REPLY =
  '(?:1(?:00|8[0-3]|99)|20[024]|30[0125]|380|4(?:0\\d|1\\d|2\\d|3\\d|69|70|8\\d|9[134])|50\\d|513|555|580|60[034678])'
const DATE = '20\\d\\d-[01]\\d-[0-3]\\d|[0-3]\\d\\.[01]\\d\\.20\\d\\d'
const ROUBLES = '(?:₽|р\\.|руб|rub|rur)'

/**
 * Patterns that explain digits. A code must not match any of them, so bare times and high prices are not
 * among them.
 */
const EXPLAINED = [
  `\\bSIP[ /:=_-]*(?:2\\.0[ :]+)?(?:(?:code|status|reply|response|код|ответ)[ :=]+)?${SIP_REPLY}`,
  `\\bHTTP(?:/[12](?:\\.[01])?)?(?: (?:code|status))?[ :=]+[1-5]\\d\\d`,
  `\\bQ\\.850(?:[ ;:,/-]*cause)?(?:[ :=]*(?:1[01]\\d|12[0-7]|\\d{1,2}))?`,
  `(?:${DATE})(?:T|,? )[0-2]\\d:[0-5]\\d(?::[0-5]\\d)?Z?`,
  `\\bprice[ :=]+\\d[.,]\\d{1,2}`,
  `\\d[.,]\\d{1,2} ?${ROUBLES}`,
].join('|')
/** Not before unexplained digits nearby: explained digits may then be the beginning of a code. */
const LONELY = '(?!(?:(?!SIP|HTTP|Q\\.850).){0,5}\\p{N})'
/**
 * Digits of every script and everything else that Unicode calls a number; also Chinese digits, which it calls
 * letters.
 */
const DIGIT = '[\\p{N}〇零一二三四五六七八九十]'
/**
 * Digits separated only by signs are one number. It is hidden as a whole, so that not even its length shows.
 */
const NUMBER = `${DIGIT}+(?:[^\\p{L}\\p{N}]{1,3}${DIGIT}+)*`
const EXPLAINED_OR_NUMBER = new RegExp(`(${EXPLAINED})${LONELY}|${NUMBER}`, 'giu')

const NAMES = [
  'zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen',
  '(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand',
  'н[оу]ль|один|одна|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять|[а-я]+надцать|двадцать|тридцать|сорок',
  'пятьдесят|шестьдесят|семьдесят|восемьдесят|девяносто|сто|двести|триста|[а-я]+ста|[а-я]+сот|тысячи?',
].join('|')
/** At least two: a single one may be an ordinary word ("no one answered"). */
const SPELLED_OUT = new RegExp(
  `(?<!\\p{L})(?:${NAMES})(?:[^\\p{L}\\p{N}]*(?:(?:and|и)[^\\p{L}]+)?(?:${NAMES}))+(?!\\p{L})`,
  'giu',
)

/**
 * Makes an operator's text safe for logs and the audit. Hides the given secrets (keys, tokens, a known code),
 * anything that looks like a key, and every digit that no known pattern explains: SIP and HTTP replies, Q.850
 * causes, prices and times stay; codes and phones go, in any script and however they are split. Removes
 * control characters and keeps at most 200 characters. Pass the operator's message, never a whole answer.
 */
export function redact(text: unknown, secrets: readonly string[]): string {
  if (typeof text !== 'string') return ''
  let clean = text.replace(/\s+/g, ' ').replace(/\p{C}/gu, '')
  const needles = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
  for (const needle of needles.sort((a, b) => b.length - a.length)) {
    clean = clean.replace(new RegExp(needle.replace(/[^\w]/g, '\\$&'), 'gi'), HIDDEN)
  }
  clean = clean
    .replace(/[0-9a-f-]{32,}/gi, HIDDEN)
    .replace(EXPLAINED_OR_NUMBER, (_number, explained?: string) => explained ?? HIDDEN)
    .replace(SPELLED_OUT, HIDDEN)
  return Array.from(clean.replace(/\s+/g, ' ').trim()).slice(0, LONGEST).join('')
}
