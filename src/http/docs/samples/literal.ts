/** How a language writes values. `pair`: a member of an object, from its name and value. */
export type Style = {
  object: readonly [open: string, close: string]
  array: readonly [open: string, close: string]
  pair(name: string, value: string): string
  string(text: string): string
  words: readonly [yes: string, no: string, nothing: string]
  indent: string
}

/** A JSON value as a literal. Objects take several lines, of which the first is not indented by `depth`. */
export function literal(value: unknown, style: Style, depth = 0): string {
  const [yes, no, nothing] = style.words
  if (value === null || value === undefined) return nothing
  if (typeof value === 'boolean') return value ? yes : no
  if (typeof value === 'string') return style.string(value)
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) {
    const [open, close] = style.array
    return open + value.map((item) => literal(item, style, depth)).join(', ') + close
  }
  const [open, close] = style.object
  const members = Object.entries(value as object)
  if (members.length === 0) return open + close
  const inner = style.indent.repeat(depth + 1)
  const lines = members.map(
    ([name, member]) => `${inner}${style.pair(name, literal(member, style, depth + 1))},\n`,
  )
  return `${open}\n${lines.join('')}${style.indent.repeat(depth)}${close}`
}

/** In single quotes, with the quote and the backslash escaped. */
export const singleQuoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`
