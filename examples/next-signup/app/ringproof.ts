import { randomUUID } from 'node:crypto'
import {
  CodeIncorrectError,
  DestinationDeniedError,
  InvalidRequestError,
  RateLimitedError,
  Ringproof,
} from 'ringproof'

const { RINGPROOF_URL, RINGPROOF_KEY } = process.env

export const ringproof = new Ringproof({
  baseUrl: RINGPROOF_URL ?? 'http://127.0.0.1:8080',
  apiKey: RINGPROOF_KEY,
})

export function cookieOf(request: Request, name: string): string | undefined {
  const pairs = (request.headers.get('cookie') ?? '').split('; ').map((pair) => pair.split('='))
  return Object.fromEntries(pairs)[name]
}

/** The user's device, so that a stranger cannot lock out the phone's owner; a new one has a new cookie. */
export const deviceOf = (request: Request) => cookieOf(request, 'device') ?? randomUUID()

/** An answer that remembers device and verification. */
export function answer(body: object, cookies: Record<string, string>): Response {
  const response = Response.json(body)
  for (const [name, value] of Object.entries(cookies)) {
    response.headers.append(
      'set-cookie',
      `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000`,
    )
  }
  return response
}

/** What to tell the user. Anything unforeseen is Next's 500. */
export function refuse(error: unknown): Response {
  const [status, message] = messageOf(error)
  return Response.json({ message }, { status })
}

function messageOf(error: unknown): [status: number, message: string] {
  if (error instanceof CodeIncorrectError) return [422, `Wrong code, ${error.checksLeft} tries left.`]
  if (error instanceof InvalidRequestError) return [422, 'Check what you typed.']
  if (error instanceof DestinationDeniedError) return [403, 'We cannot call this number. Try another one.']
  if (error instanceof RateLimitedError) return [429, `Try again in ${error.retryAfterSeconds} seconds.`]
  const { status, code } = error as { status?: number; code?: string }
  if (code === 'code_not_ready') return [409, 'The call is on its way. Try again in a second.']
  if (status && status >= 400 && status < 500 && status !== 401) return [409, 'Start again.']
  throw error
}
