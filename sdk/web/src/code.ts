const DIGIT = /\p{Nd}/u

/** The digits of any script in a text, as 0 to 9. */
export function digitsIn(text: string): string {
  return [...text.normalize('NFKC')]
    .filter((char) => DIGIT.test(char))
    .map((char) => {
      // Unicode keeps the ten digits of a script adjacent.
      const code = char.codePointAt(0) ?? 0
      let before = 0
      while (DIGIT.test(String.fromCodePoint(code - before - 1))) before += 1
      return before % 10
    })
    .join('')
}

/** The code in what was typed or pasted: of a whole number, its last digits, once their count is known. */
export function codeIn(text: string, lengths: readonly number[]): string {
  const digits = digitsIn(text)
  const [length] = lengths
  return length && lengths.length === 1 ? digits.slice(-length) : digits
}
