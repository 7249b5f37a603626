/** What can be told about the calling number before it rings: its first digits and how many it has. */
export type CallerHint = { prefix: string; length: number }

/** An account's setting: the prefixes of the numbers that it calls from, and how many digits they have. */
export type Caller = { prefixes: readonly string[]; number_length: number }

/**
 * The hint for a call whose code is the last `codeLength` digits: without a digit of the code, and only the
 * digits that all prefixes share. `masked`: the number to show, `·` for each other digit, `•` for the code's.
 */
export function hintFrom(
  { prefixes, number_length: length }: Caller,
  codeLength: number,
): CallerHint & { masked: string } {
  const shared = prefixes.map((prefix) => prefix.slice(1)).reduce(sharedStart)
  const known = shared.slice(0, Math.max(0, length - codeLength))
  const hidden = Math.max(0, length - known.length - codeLength)
  const digits = [...known, ...'·'.repeat(hidden), ...'•'.repeat(Math.min(codeLength, length))]
  return { prefix: `+${known}`, length, masked: grouped(digits) }
}

function sharedStart(a: string, b: string): string {
  const end = [...a].findIndex((digit, i) => digit !== b[i])
  return end < 0 ? a : a.slice(0, end)
}

/** `+7 495 ···-··-••` for the eleven digits of a Russian number; other numbers in groups of three. */
function grouped(digits: readonly string[]): string {
  const text = digits.join('')
  if (digits.length === 11 && text.startsWith('7')) {
    return text.replace(/^(.)(...)(...)(..)(..)$/u, '+$1 $2 $3-$4-$5')
  }
  return `+${text.match(/.{1,3}/gu)?.join(' ') ?? ''}`
}
