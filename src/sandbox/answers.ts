import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import type { AnswerKind } from './courses.ts'

/** The parts of a request's context needed to answer it, or to cut it off. */
type Answerable = Pick<Context, 'text' | 'body'> & { env: HttpBindings }

export type SandboxEnv = { Bindings: HttpBindings; Variables: { namespace: string } }

const HELD_MS = 1_000
const HELD_MAX_MS = 120_000

/** Sends the planned answer. `make`: builds the operator's own success and refusal. */
export async function answerAs(
  c: Answerable,
  kind: AnswerKind,
  make: { normal: () => Response; refusal: (text: string | null) => Response },
): Promise<Response> {
  switch (kind) {
    case 'refusal':
      return make.refusal('Daily limit of calls to this phone exceeded')
    case 'no_balance':
      return make.refusal('Insufficient balance')
    case 'bare_refusal':
      return make.refusal(null)
    case 'html_404':
      return page(c, 404, 'Not Found')
    case 'html_502':
      return page(c, 502, 'Bad Gateway')
    case 'http_500':
      return c.text('Internal Server Error', 500)
    case 'garbage':
      return c.body('{"success": tru', 200, { 'content-type': 'application/json' })
    case 'reset':
      return cut(c)
    case 'drop':
      await held(c, HELD_MS)
      return cut(c)
    case 'hang':
      await held(c, HELD_MAX_MS)
      return cut(c)
    case 'slow':
      await held(c, HELD_MS)
      return make.normal()
    default:
      return make.normal()
  }
}

/** An error page as an nginx that is not the operator's API would send it. */
function page(c: Answerable, status: 404 | 502, title: string): Response {
  const body = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
  return c.body(body, status, { 'content-type': 'text/html' })
}

/** Resolves after `ms`, or as soon as the client disconnects. */
export function held(c: Answerable, ms: number): Promise<void> {
  const { socket } = c.env.incoming
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      socket.off('close', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    socket.once('close', done)
    if (socket.destroyed) done()
  })
}

function cut(c: Answerable): Response {
  c.env.incoming.socket.resetAndDestroy()
  return RESPONSE_ALREADY_SENT
}
