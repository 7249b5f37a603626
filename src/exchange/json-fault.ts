const BLANKS = /[ \t\r\n]*/y
/** What a string has before its closing quote: control characters of ASCII must be escaped, those after it need not be. */
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end'

/**
 * The offset of the first character of a text that JSON cannot have there; the text's length where it ends too early; null for JSON.
 * What the engine says of it has a place in some cases only, and quotes the text in others.
 */
export function findJsonFault(text: string): number | null {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  let at = 0

  /** Moves behind what matches here, if anything does. */
  function skip(pattern: RegExp): boolean {
    pattern.lastIndex = at
    if (!pattern.test(text)) return false
    at = pattern.lastIndex
    return true
  }
  /** Moves behind a string; stays on what does not belong into it. */
  const string = () => skip(STRING) && text[at] === '"' && Boolean(++at)

  for (;;) {
    skip(BLANKS)
    const char = text[at]
    const last = open.at(-1)
    const closes = char === '}' ? '{' : char === ']' ? '[' : null
    const mayClose =
      expected === ', or end' ||
      (expected === 'value or ]' && char === ']') ||
      (expected === 'key or }' && char === '}')
    if (closes && closes === last && mayClose) {
      at += 1
      open.pop()
      expected = ', or end'
    } else if (expected === ', or end') {
      if (!last) return at === text.length ? null : at
      if (char !== ',') return at
      at += 1
      expected = last === '{' ? 'key' : 'value'
    } else if (expected === ':') {
      if (char !== ':') return at
      at += 1
      expected = 'value'
    } else if (expected === 'key' || expected === 'key or }') {
      if (!string()) return at
      expected = ':'
    } else if (char === '{' || char === '[') {
      at += 1
      open.push(char)
      expected = char === '{' ? 'key or }' : 'value or ]'
    } else {
      if (!(char === '"' ? string() : skip(WORD) || skip(NUMBER))) return at
      expected = ', or end'
    }
  }
}
