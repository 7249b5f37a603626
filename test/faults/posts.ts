import postgres from 'postgres'
import { documentedPosts, effects, POSTS, prepare } from '../idempotency/posts.ts'
import type { Post, Scene } from '../idempotency/scene.ts'
import { type Answer, type Stack, startStack } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'
import { startCrashingDatabase } from './database.ts'

/** The advisory lock that blocks the keeping of answers. */
const HELD = 7_411_990
/** The most seconds from the end of a process to its successor's answer, without the successor's start. */
const SECONDS_MAX = 8

/**
 * Kills the API during every POST of its document, after the commit and before the answer, and repeats each
 * with its Idempotency-Key. Resolves to the problems found.
 */
export async function runPosts(log: (line: string) => void): Promise<string[]> {
  const database = await startCrashingDatabase()
  const sql = postgres(database.url, { max: 4, onnotice: () => {} })
  let stack: Stack | null = null
  const problems: string[] = []
  try {
    stack = await startStack({ databaseUrl: database.url, env: { LOG_LEVEL: 'warn' } })
    const scene = sceneOf(stack, sql)
    await prepare(scene)
    const missing = (await documentedPosts(scene)).filter((operation) => !POSTS[operation])
    problems.push(...missing.map((operation) => `${operation} has no case here`))
    await sql.unsafe(`
      create function hold_up() returns trigger language plpgsql as $$ begin
        perform pg_advisory_xact_lock(${HELD}); raise exception 'the process is dead'; end $$`)
    for (const [operation, cases] of Object.entries(POSTS)) {
      for (const [how, newPost] of Object.entries(cases)) {
        const name = `${operation} (${how})`
        const seconds = await killUnder(stack, scene, await newPost(scene), name).catch((error: Error) => {
          problems.push(`${name}: ${error.message}`)
        })
        log(`${name}: ${seconds?.toFixed(1) ?? 'failed'} s`)
      }
    }
    return problems
  } finally {
    await sql.end({ timeout: 1 })
    await stack?.stop()
    await database.stop()
  }
}

function sceneOf(stack: Stack, sql: postgres.Sql): Scene {
  return {
    request: stack.request,
    adminKey: stack.adminKey,
    testKey: stack.testKey,
    sandboxUrl: stack.sandboxUrl,
    sql,
    codeOf: ({ phone }) =>
      waitFor(
        async () => {
          const path = `/v1/sandbox/calls?phone=${encodeURIComponent(phone)}`
          const { body } = await stack.request('GET', path)
          return body.data[0].from.slice(-4) as string
        },
        { what: `a call to ${phone}` },
      ),
  }
}

let keys = 0

/** Resolves to the seconds from the death of the process to the answer of the next, without its start. */
async function killUnder(stack: Stack, scene: Scene, post: Post, name: string): Promise<number> {
  const { sql } = scene
  const key = `${name} ${keys++}`
  const send = (): Promise<Answer> => {
    const { path, body } = post
    return stack.request('POST', path, { key: post.key, body, headers: { 'idempotency-key': key } })
  }
  const holder = await sql.reserve()
  let died: number
  try {
    await holder`select pg_advisory_lock(${HELD})`
    await sql`
      create trigger held before update of answer or delete on idempotency_keys for each row execute function hold_up()`
    const unheard = send().catch(() => null)
    await waitFor(
      async () => (await sql`select from pg_locks where locktype = 'advisory' and not granted`).length > 0,
      { what: 'the commit' },
    )
    await stack.kill('api')
    died = performance.now()
    await unheard
  } finally {
    await holder`select pg_advisory_unlock(${HELD})`
    await sql`drop trigger if exists held on idempotency_keys`
    holder.release()
  }
  const after = await effects(scene)
  await stack.restart('api')
  const starting = (performance.now() - died) / 1000
  const second = await waitFor(
    async () => {
      const answer = await send()
      if (answer.body?.code === 'idempotency_in_progress')
        throw new Error('the dead process still holds the claim')
      return answer
    },
    { timeoutMs: 30_000, what: 'an answer' },
  )
  const seconds = (performance.now() - died) / 1000
  if (second.status !== post.status) throw new Error(`answered ${second.status} ${second.text}`)
  const now = await effects(scene)
  const twice = Object.keys(after).filter((what) => after[what] !== now[what])
  if (twice.length > 0) throw new Error(`happened twice: ${twice.join(', ')}`)
  if (post.status < 300 && (await send()).text !== second.text)
    throw new Error('the repeat got another answer')
  const { secret } = second.body
  if (secret && (await stack.request('GET', '/v1/verifications', { key: secret })).status !== 200) {
    throw new Error('the key in the answer does not work')
  }
  if (seconds > SECONDS_MAX + starting) throw new Error(`the answer took ${seconds} s`)
  return seconds
}
