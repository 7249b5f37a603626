/**
 * Invisible characters: direction marks, zero-width characters, soft hyphens, word joiners, byte order marks,
 * variation selectors.
 */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
/** Hyphens, dashes and minus signs; Japanese keyboards type the prolonged sound mark for a hyphen. */
const DASHES = /[\p{Pd}\u02d7\u2043\u2212\u2796\u30fc\uff70]/gu
const DIGIT = /\p{Nd}/u

/** The text without invisible characters. */
export function withoutMarks(text: string): string {
  return text.replace(INVISIBLE, '')
}

/**
 * A typed or pasted phone or code, in ASCII. Drops invisible characters and a leading `tel:`; turns digits of
 * every script, full-width signs, dashes and blanks into `0`–`9`, `+`, `-` and a space. Leaves everything
 * else for the caller to refuse: letters, superscripts, a line break inside.
 */
export function cleanNumber(text: string): string {
  const plain = PRINTABLE_ASCII.test(text) ? text : toAscii(text)
  return plain.trim().replace(/^tel: */i, '')
}

function toAscii(text: string): string {
  return withoutMarks(text)
    .replace(/[\p{P}\p{Sm}]/gu, (sign) => sign.normalize('NFKC'))
    .replace(DASHES, '-')
    .replace(/[\t\p{Zs}]/gu, ' ')
    .replace(/\p{Nd}/gu, toDigit)
}

/** Unicode keeps the ten digits of a script adjacent, from 0 to 9. */
function toDigit(char: string): string {
  const code = char.codePointAt(0) ?? 0
  let before = 0
  while (DIGIT.test(String.fromCodePoint(code - before - 1))) before += 1
  return String(before % 10)
}

/**
 * The digits of a code or calling number in any usual notation; null if it has no digit, or other characters.
 */
export function digitsOf(input: string): string | null {
  const text = cleanNumber(input)
  return /^[\d\s()+.\-/]*$/.test(text) ? text.replace(/\D/g, '') || null : null
}
