/**
 * A phone (E.164) as a trunk writes it. `format`: `+e164`, `e164`, `8national` (Russia: 8 and ten digits,
 * 810 before foreign numbers), or a text with `{e164}` in it for the digits, e.g. `00{e164}`.
 */
export function writeNumber(phone: string, format: string): string {
  const digits = phone.replace(/^\+/, '')
  switch (format) {
    case '+e164':
      return `+${digits}`
    case 'e164':
      return digits
    case '8national':
      return digits.length === 11 && digits.startsWith('7') ? `8${digits.slice(1)}` : `810${digits}`
    default:
      return format.replaceAll('{e164}', digits)
  }
}

/** Whether `format` is one that `writeNumber` knows, and its result can be the user of a SIP URI. */
export const isNumberFormat = (format: string): boolean =>
  ['+e164', 'e164', '8national'].includes(format) || /^[\w+*.-]*\{e164\}[\w*.-]*$/.test(format)
