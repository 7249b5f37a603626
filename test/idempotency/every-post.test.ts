import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseId } from '../../src/values/ids.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import type { Answer } from '../setup/processes.ts'
import { dialledCodes, placeCalls } from '../verifications/support.ts'
import { documentedPosts, effects, HARMLESS, POSTS, prepare } from './posts.ts'
import { type Loss, type LossyProxy, startLossyProxy } from './proxy.ts'
import type { Post, Scene } from './scene.ts'

let database: TestDatabase
let proxy: LossyProxy
let test: TestHttp
let scene: Scene

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await startLossyProxy(database.url)
  test = await startTestHttp({ DATABASE_URL: proxy.url, ALLOW_PRIVATE_TARGETS: '1' })
  const adminKey = (await test.newKey({ scopes: ['verify', 'read', 'billing', 'admin'], livemode: true }))
    .secret
  const client = test.clientContext(parseId('tenant', test.firstTenant) ?? '')
  scene = {
    request: (method, path, options) => test.request(method, path, options) as Promise<Answer>,
    adminKey,
    testKey: (await test.newKey()).secret,
    sandboxUrl: test.sandbox.url,
    sql: postgres(database.url, { max: 1, onnotice: () => {} }),
    async codeOf({ id, phone }) {
      await placeCalls(test, id)
      return dialledCodes(test, client, phone).at(-1) ?? ''
    },
  }
  await prepare(scene)
})
afterAll(async () => {
  await scene.sql.end()
  await test.stop()
  await proxy.stop()
  await database.drop()
})

const ALL = Object.entries(POSTS).flatMap(([operation, cases]) =>
  Object.entries(cases).map(([how, post]) => ({ operation, how, post })),
)

function postOf(operation: string, how: string): Post | Promise<Post> {
  const make = POSTS[operation]?.[how]
  if (!make) throw new Error(`no such request: ${operation}, ${how}`)
  return make(scene)
}

let keys = 0
const newKey = () => `key ${keys++}`
const send = ({ path, body, key }: Post, idempotencyKey: string) =>
  scene.request('POST', path, { key, body, headers: { 'idempotency-key': idempotencyKey } })
const isReplayed = ({ headers }: Answer) => headers.get('idempotency-replayed') === 'true'
/** The answer without the request id of a problem. */
const saidBy = ({ status, body }: Answer) => ({ status, body: { ...body, request_id: null } })

it('every documented POST has a case here', async () => {
  expect(await documentedPosts(scene)).toEqual(Object.keys(POSTS).sort())
})

describe('if the process died between its commit and its answer', () => {
  /** Prevents the keeping of answers: a request leaves only what it committed. */
  async function die(post: Post, key: string): Promise<Answer> {
    const { sql } = scene
    await sql.unsafe(`
      create function fail() returns trigger language plpgsql as $$ begin raise exception 'the process is dead'; end $$;
      create trigger dead before update of answer or delete on idempotency_keys for each row execute function fail()`)
    const answer = await send(post, key)
    await sql`drop function fail cascade`
    // The keys of client tokens are stored with their verification before them.
    await sql`update idempotency_keys set running_until = now() where key like ${`%${key}`}`
    return answer
  }

  it.each(ALL)(
    '$operation is answered again, and executed once ($how)',
    async ({ operation, post: newPost }) => {
      const post = await newPost(scene)
      const key = newKey()
      const before = await effects(scene)
      const first = await die(post, key)
      expect(first.status, first.text).toBe(post.status)
      const after = await effects(scene)
      const second = await send(post, key)
      expect(isReplayed(second)).toBe(false)
      expect(saidBy(second)).toEqual(saidBy(first))
      expect(second.headers.get('location')).toBe(first.headers.get('location'))
      expect(await effects(scene)).toEqual(after)
      if (HARMLESS.has(operation)) expect(after).toEqual(before)
      else expect(after).not.toEqual(before)
    },
  )

  it('a secret in a repeated answer works', async () => {
    const post = await postOf('rotateApiKey', 'rotated')
    const key = newKey()
    await die(post, key)
    const { body } = await send(post, key)
    const seen = await scene.request('GET', '/v1/verifications', { key: body.secret })
    expect(seen.status).toBe(200)
  })

  it('a key that ended itself gets its successor, and nothing else', async () => {
    const body = { name: 'rotates itself', scopes: ['read', 'admin'], livemode: true }
    const { adminKey } = scene
    const { body: old } = await scene.request('POST', '/v1/api-keys', { key: adminKey, body })
    const path = `/v1/api-keys/${old.id}/rotate`
    const post = { path, body: { overlap_seconds: 0 }, key: old.secret, status: 201 }
    const key = newKey()
    const first = await die(post, key)
    const second = await send(post, key)
    expect(saidBy(second)).toEqual(saidBy(first))
    expect(saidBy(await send(post, key))).toEqual(saidBy(first))
    const seen = await scene.request('GET', '/v1/api-keys', { key: second.body.secret })
    expect(seen.status).toBe(200)
    const others = [
      send(post, newKey()),
      send({ ...post, path: `/v1/api-keys/${second.body.id}/rotate` }, key),
      send({ ...post, path: '/v1/tenants', body: { name: 'another' } }, key),
      scene.request('POST', path, { key: old.secret, body: post.body }),
      scene.request('GET', '/v1/api-keys', { key: old.secret }),
    ]
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual(others.map(() => 401))
  })

  it('a key ended by another key gets no successor', async () => {
    const { path, body, key: adminKey } = await postOf('createApiKey', 'made')
    const admin = { ...(body as object), scopes: ['read', 'admin'], livemode: true }
    const { body: old } = await scene.request('POST', path, { key: adminKey, body: admin })
    const post = {
      path: `${path}/${old.id}/rotate`,
      body: { overlap_seconds: 0 },
      key: adminKey,
      status: 201,
    }
    const key = newKey()
    expect((await send(post, key)).status).toBe(201)
    expect((await send({ ...post, key: old.secret }, key)).status).toBe(401)
  })

  it('a half-finished comparison of records resumes', async () => {
    const { sql } = scene
    const post = await postOf('startReconciliation', 'compared')
    const key = newKey()
    const { body: first } = await die(post, key)
    await sql`update reconciliation_runs set status = 'running', finished_at = null where finished_at = ${first.finished_at}`
    const second = await send(post, key)
    expect(second.body).toEqual({ ...first, finished_at: second.body.finished_at })
    expect(second.body.finished_at > first.finished_at).toBe(true)
  })

  it('another request with the same key is refused, since the key had an effect', async () => {
    const post = await postOf('createTenant', 'added')
    const key = newKey()
    await die(post, key)
    const other = await send({ ...post, body: { name: 'another' } }, key)
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch'])
  })
})

describe.each<Loss>(['answer', 'commit'])(
  'if the connection ends at the COMMIT, and the %s is lost',
  (loss) => {
    const withEffect = ALL.filter(({ operation }) => !HARMLESS.has(operation))

    it.each(withEffect)('$operation is executed once ($how)', async ({ post: newPost }) => {
      const post = await newPost(scene)
      const key = newKey()
      const before = await effects(scene)
      const losses = proxy.lost()
      proxy.lose(loss)
      const first = await send(post, key)
      expect(proxy.lost()).toBe(losses + 1)
      // A committed result is found at once; without one, the request may be repeated at once.
      expect(first.status, first.text).toBe(loss === 'answer' ? post.status : 503)
      const between = await effects(scene)
      if (loss === 'answer') expect(between).not.toEqual(before)
      else expect(between).toEqual(before)
      // A request whose answer is not kept is a new request, and may have a new effect.
      if (post.status === 429 && loss === 'answer') return
      const second = await send(post, key)
      expect(second.status, second.text).toBe(post.status)
      if (loss === 'answer') {
        expect(saidBy(second)).toEqual(saidBy(first))
        expect(await effects(scene)).toEqual(between)
      }
    })
  },
)

describe('API keys requested while answers to COMMIT are lost', () => {
  const count = async () => (await scene.sql`select from api_keys`).length

  it('are created once per request, and each answer shows a working one', async () => {
    const before = await count()
    const secrets = new Set<string>()
    for (let i = 0; i < 60; i++) {
      const post = await postOf('createApiKey', 'made')
      const key = newKey()
      if (i % 3 === 0) proxy.lose(i % 2 ? 'commit' : 'answer')
      let answer = await send(post, key)
      if (answer.status === 503) answer = await send(post, key)
      expect(answer.status, answer.text).toBe(201)
      const seen = await scene.request('GET', '/v1/verifications', { key: answer.body.secret })
      expect(seen.status).toBe(200)
      secrets.add(answer.body.secret)
    }
    expect([secrets.size, (await count()) - before]).toEqual([60, 60])
  })

  it('without an Idempotency-Key are not created again unseen', async () => {
    const before = await count()
    const { path, ...options } = await postOf('createApiKey', 'made')
    proxy.lose('answer')
    expect((await scene.request('POST', path, options)).status).toBe(503)
    expect((await count()) - before).toBe(1)
  })
})
