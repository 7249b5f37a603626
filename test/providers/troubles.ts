import { gzipSync } from 'node:zlib'
import { DEADLINE_MS, endDeadlines } from './deadlines.ts'
import type { Behaviour } from './raw-operator.ts'
import { toBytes } from './raw-operator.ts'
import { speakerFor } from './speakers.ts'

type Trouble = { name: string; settings?: Record<string, unknown>; behave: (provider: string) => Behaviour }

const HTML = '<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>'
/** For troubles that only the account's own deadline ends. */
const HELD_DEADLINE = { request_timeout_ms: DEADLINE_MS }

function saying(body: (provider: string) => string, status = 200) {
  return (provider: string): Behaviour =>
    (request) =>
      speakerFor(provider).speaker.say(request, body(provider), status)
}
const placed = (provider: string) => JSON.stringify(speakerFor(provider).speaker.placed)

/** Answers, and missing answers, that leave open whether the operator placed the call. */
export const troubles: Trouble[] = [
  { name: 'malformed JSON', behave: saying(() => '{"success": tru') },
  { name: 'JSON of another shape', behave: saying(() => '[1, 2]') },
  { name: 'an empty body', behave: saying(() => '') },
  {
    name: 'an HTML error page',
    behave: () => () => ({ status: 502, headers: { 'Content-Type': 'text/html' }, body: HTML }),
  },
  {
    name: 'HTML with status 200',
    behave: () => () => ({ status: 200, headers: { 'Content-Type': 'text/html' }, body: HTML }),
  },
  { name: 'HTTP 500 with plain text', behave: () => () => ({ status: 500, body: 'Internal Server Error' }) },
  { name: 'HTTP 500 without a body', behave: () => () => ({ status: 500, body: '' }) },
  { name: 'an answer of 1 MB', behave: saying((provider) => placed(provider) + ' '.repeat(1024 * 1024)) },
  {
    name: 'an answer of a few bytes that hold 1 MB',
    behave: (provider) => (request) => {
      const reply = speakerFor(provider).speaker.say(request, placed(provider) + ' '.repeat(1024 * 1024))
      return {
        ...reply,
        headers: { ...reply.headers, 'Content-Encoding': 'gzip' },
        body: gzipSync(reply.body),
      }
    },
  },
  {
    name: 'half of a compressed answer',
    behave: (provider) => (request) => {
      const reply = speakerFor(provider).speaker.say(request, placed(provider))
      const body = gzipSync(reply.body).subarray(0, -20)
      return { ...reply, headers: { ...reply.headers, 'Content-Encoding': 'gzip' }, body }
    },
  },
  {
    name: 'a truncated body',
    behave: (provider) => (request, socket) => {
      const bytes = toBytes(speakerFor(provider).speaker.say(request, placed(provider)))
      socket.end(bytes.slice(0, -10))
      return undefined
    },
  },
  {
    name: 'truncated headers',
    behave: () => (_request, socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Ty')
      return undefined
    },
  },
  {
    name: 'bytes that are not HTTP',
    behave: () => (_request, socket) => {
      socket.end('SSH-2.0-OpenSSH_9.6\r\n')
      return undefined
    },
  },
  {
    name: 'headers that never come',
    settings: HELD_DEADLINE,
    behave: () => () => {
      endDeadlines()
      return undefined
    },
  },
  {
    name: 'a body that never ends',
    settings: HELD_DEADLINE,
    behave: () => (_request, socket) => {
      const part = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"succ'
      // Two turns of the event loop: the client has read this part by then.
      socket.write(part, () => setImmediate(() => setImmediate(endDeadlines)))
      return undefined
    },
  },
  {
    name: 'a reset after the request was read',
    behave: () => (_request, socket) => {
      socket.resetAndDestroy()
      return undefined
    },
  },
  {
    name: 'a connection closed without an answer',
    behave: () => (_request, socket) => {
      socket.end()
      return undefined
    },
  },
]
