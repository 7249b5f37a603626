import { styleText } from 'node:util'

const COLORS = {
  trace: 'gray',
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
} as const

type Line = { time: string; level: keyof typeof COLORS; process: string; msg?: string; stack?: string }

/**
 * A log line for people: local time, level, process, message, then the fields as `name=value` and a stack on
 * lines of its own. Coloured only on a terminal, and not with NO_COLOR.
 */
export function pretty(json: string): string {
  const { time, level, process: name, msg = '', stack, ...fields } = JSON.parse(json) as Line
  const at = new Date(time)
  const clock = `${at.toLocaleTimeString('sv')}.${String(at.getMilliseconds()).padStart(3, '0')}`
  const parts = [
    styleText('dim', clock),
    styleText(COLORS[level], level.toUpperCase().padEnd(5)),
    `${name}:`,
    styleText('bold', msg),
    ...Object.entries(fields).map(([field, value]) => styleText('dim', `${field}=${plain(value)}`)),
  ]
  const below = stack ? `\n${stack.split('\n').map(printable).join('\n')}` : ''
  return `${parts.join(' ')}${below}\n`
}

/** A word as it is, anything else as JSON. */
function plain(value: unknown): string {
  return typeof value === 'string' && /^[\x21\x23-\x7e]+$/.test(value)
    ? value
    : printable(JSON.stringify(value))
}

/** Control characters would reach the terminal. */
const printable = (text: string) =>
  text.replace(/\p{Cc}/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
