const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
/** Each is sent as an escape and a character. */
const EXTENDED = new Set('\f^{}\\[~]|€')

/** Units of a message that is sent whole, and of each segment of a longer one. */
const UNITS = { gsm7: { whole: 160, segment: 153 }, ucs2: { whole: 70, segment: 67 } } as const

/** `length`: in units of the encoding. */
export type SmsSize = { length: number; encoding: keyof typeof UNITS; segments: number }

/**
 * How an operator sends a text (3GPP TS 23.038 and 23.040): in the 7-bit GSM alphabet if that has all its
 * characters, else in UCS-2. No character is split between segments.
 */
export function smsSize(text: string): SmsSize {
  const characters = [...text]
  const isGsm = characters.every((character) => BASIC.has(character) || EXTENDED.has(character))
  const encoding = isGsm ? 'gsm7' : 'ucs2'
  const units = characters.map((character) => (isGsm ? (EXTENDED.has(character) ? 2 : 1) : character.length))
  const length = units.reduce((sum, each) => sum + each, 0)
  const { whole, segment } = UNITS[encoding]
  if (length <= whole) return { length, encoding, segments: 1 }
  let segments = 1
  let used = 0
  for (const each of units) {
    if (used + each > segment) {
      segments += 1
      used = 0
    }
    used += each
  }
  return { length, encoding, segments }
}
