import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApp } from '../../src/app.ts'
import { readServiceConfig } from '../../src/process/config.ts'
import { type ConsoleTest, startConsole } from '../console/support.ts'
import { waitFor } from '../setup/wait.ts'

export type Started = { id: string; client_token: string; phone: string }

/** The whole service, a browser, and a site that the tenant allows. */
export async function startStage() {
  const own = await startConsole()
  const { stack } = own
  const site = createServer((request, response) => {
    const token = new URL(request.url ?? '', 'http://site').searchParams.get('token')
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(
      token
        ? `<!doctype html><html lang="en"><title>A site</title><script type="module" src="${stack.url}/verify/assets/ringproof-verify.js"></script>
          <main><h1>A site</h1><ringproof-verify token="${token}"></ringproof-verify></main>`
        : '<!doctype html><html lang="en"><title>Back</title><h1>Back</h1>',
    )
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const { port } = site.address() as AddressInfo
  const [allowed, other] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`]
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await stack.request(method, path, { key: stack.adminKey, ...(body && { body }) })
    if (answer.status >= 300) throw new Error(answer.text)
    return answer.body
  }
  const { data } = await ask('GET', '/v1/tenants')
  await ask('PATCH', `/v1/tenants/${data[0].id}`, { allowed_origins: [allowed] })
  const config = { DATABASE_URL: own.database.url, SECRET_KEY: stack.secretKey, LOG_LEVEL: 'silent' }
  const app = createApp(readServiceConfig(config), 'test')
  return {
    ...own,
    sql: app.db.sql,
    allowed,
    other,
    tenant: data[0].id as string,
    async stop() {
      site.closeAllConnections()
      site.close()
      await app.close()
      await own.stop()
    },
  }
}

export type Stage = Awaited<ReturnType<typeof startStage>>

let phones = 0

export async function begin({ stack }: Pick<ConsoleTest, 'stack'>, input: object = {}): Promise<Started> {
  phones += 1
  const body = { phone: `+7924${300 + phones}7300`, client_token: true, ...input }
  const answer = await stack.request('POST', '/v1/verifications', { body })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body
}

/** The number that called, once the phone rang. */
export function caller({ stack }: Pick<ConsoleTest, 'stack'>, { id, phone }: Started): Promise<string> {
  return waitFor(async () => {
    const { body } = await stack.request('GET', `/v1/verifications/${id}`)
    if (body.status !== 'delivered') return ''
    const calls = await stack.request('GET', `/v1/sandbox/calls?phone=${encodeURIComponent(phone)}`)
    return calls.body.data[0].from as string
  })
}
