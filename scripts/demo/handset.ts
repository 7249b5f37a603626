import { setTimeout as sleep } from 'node:timers/promises'
import { expectStatus, type SendRequest } from './client.ts'

export type Say = (line: string) => void

type Arrival = { from: string; at: string; text?: string }

/** The calls or messages that a simulated handset received, newest first. */
export async function arrivals(
  request: SendRequest,
  what: 'calls' | 'messages',
  phone: string,
): Promise<Arrival[]> {
  const path = `/v1/sandbox/${what}`
  const answer = await request('GET', `${path}?phone=${encodeURIComponent(phone)}`)
  return expectStatus(answer, 200, `GET ${path}`).body.data
}

/** Waits for a call or message besides those that came `before`. */
export function nextArrival(
  request: SendRequest,
  what: 'calls' | 'messages',
  phone: string,
  before: readonly Arrival[],
): Promise<Arrival> {
  return until(`${what} on the handset of ${phone}`, async () => {
    const [newest] = await arrivals(request, what, phone)
    return newest && newest.at !== before[0]?.at ? newest : null
  })
}

/** What `look` finds, once it finds something. Throws after half a minute. */
export async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + 30_000
  while (performance.now() < deadline) {
    const found = await look()
    if (found) return found
    await sleep(50)
  }
  throw new Error(`No ${what} within 30 s`)
}
