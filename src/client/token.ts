import type { App } from '../context.ts'
import { parseId } from '../values/ids.ts'

const PREFIX = 'vct_'
const LENGTH = PREFIX.length + 43

/**
 * The token with which the user's browser or app may act on a verification. Always the same one, so that a
 * repeated start returns it again; it is stored nowhere.
 */
export function clientTokenOf({ secrets }: Pick<App, 'secrets'>, { id }: { id: string }): string {
  return PREFIX + secrets.clientToken(parseId('verification', id) as string)
}

/** The UUID of the verification that a token is for; null for a wrong token. */
export function verificationOf({ secrets }: Pick<App, 'secrets'>, token: string): string | null {
  if (!token.startsWith(PREFIX) || token.length !== LENGTH) return null
  return secrets.verificationOfToken(token.slice(PREFIX.length))
}
