const BLANKS = /[ \t\r\n]*/y
/**
 * A string up to its closing quote. ASCII control characters must be escaped; U+007F to U+009F need not be.
 */
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end'

/**
 * The offset of the first character that JSON does not allow at its place; the text's length if it ends too
 * early; null for valid JSON. The engine's own messages lack a position in some cases and quote the text in
 * others.
 */
export function findJsonFault(text: string): number | null {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  let at = 0

  /** Moves past a match at the current position, if there is one. */
  function skip(pattern: RegExp): boolean {
    pattern.lastIndex = at
    if (!pattern.test(text)) return false
    at = pattern.lastIndex
    return true
  }
  /** Moves past a string; stops at the first character that a string cannot contain. */
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
