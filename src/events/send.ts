import { createAgents } from '../process/agents.ts'
import { isRefusedLiteral } from '../process/targets.ts'

/** For a whole try, from resolving the name to the last byte that is kept. */
export const TIMEOUT_MS = 15_000
const CONNECT_TIMEOUT_MS = 5_000
const KEPT_BYTES = 1024

export type Post = {
  url: string
  headers: Record<string, string>
  body: string
  allowPrivateTargets: boolean
  timeoutMs?: number
  /** How much of the answer is kept. */
  bytesMax?: number
}

/**
 * What became of a try. `status` null: no answer came, and `error` is a code that says why. Otherwise `body` is
 * the beginning of the answer, as text that PostgreSQL can store.
 */
export type Answer = { milliseconds: number; headers: Record<string, string> } & (
  | { status: number; body: string; error: string | null }
  | { status: null; body: null; error: string }
)

const agentFor = createAgents(CONNECT_TIMEOUT_MS, { allowH2: false, pipelining: 1, keepAliveTimeout: 4_000 })

/** Posts once: follows no redirect, never retries, never throws, and reads no more of the answer than is kept. */
export async function post({
  url,
  headers,
  body,
  allowPrivateTargets,
  timeoutMs = TIMEOUT_MS,
  bytesMax = KEPT_BYTES,
}: Post): Promise<Answer> {
  const begun = performance.now()
  const took = () => Math.round(performance.now() - begun)
  const unanswered = (error: string): Answer => ({
    status: null,
    body: null,
    error,
    milliseconds: took(),
    headers: {},
  })
  const target = URL.parse(url)
  if (!target) return unanswered('INVALID_URL')
  const { hostname, origin, pathname, search } = target
  if (!allowPrivateTargets && isRefusedLiteral(hostname)) return unanswered('TARGET_REFUSED')
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const agent = await agentFor({ allowPrivateTargets })
    const answer = await agent.request({
      origin,
      path: pathname + search,
      method: 'POST',
      headers,
      body,
      signal,
    })
    const { statusCode: status } = answer
    const received = Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [name, [value].flat()[0] ?? '']),
    )
    // The status decides, even if the rest of the answer never comes.
    const kept = await readStart(answer.body, bytesMax, signal)
    return { status, ...kept, milliseconds: took(), headers: received }
  } catch (error) {
    return unanswered(codeOf(error, signal))
  }
}

async function readStart(body: AsyncIterable<Buffer>, bytesMax: number, signal: AbortSignal) {
  const chunks: Buffer[] = []
  let size = 0
  let error: string | null = null
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= bytesMax) break
    }
  } catch (thrown) {
    error = codeOf(thrown, signal)
  }
  const text = Buffer.concat(chunks).subarray(0, bytesMax).toString('utf8').replaceAll('\0', '\ufffd')
  return { body: text, error }
}

/** Only an error's code: its message may quote the URL. */
function codeOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'TIMEOUT'
  const seen = [error, (error as Error)?.cause, ...((error as AggregateError)?.errors ?? [])]
  for (const one of seen) {
    const code = (one as NodeJS.ErrnoException | undefined)?.code
    if (typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code)) return code
  }
  return 'CONNECTION_FAILED'
}
