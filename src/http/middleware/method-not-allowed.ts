import { AppError } from '../../errors.ts'
import type { HttpContext } from '../../exchange/exchange.ts'
import { send } from '../../exchange/send.ts'
import { say } from '../../words/text.ts'

/** Answers methods without a handler: `OPTIONS` with the allowed methods, everything else with 405. */
export function methodNotAllowed(path: string, methods: readonly string[]) {
  const implied = methods.includes('GET') ? ['HEAD', 'OPTIONS'] : ['OPTIONS']
  const allow = [...new Set([...methods, ...implied])].join(', ')
  return function methodNotAllowed(c: HttpContext): Response {
    c.get('exchange').route = path
    if (c.req.method === 'OPTIONS') return send(c, { status: 204, headers: { allow } })
    throw new AppError('method_not_allowed', {
      detail: say('allowed_methods', { methods: allow }),
      headers: { allow },
    })
  }
}
