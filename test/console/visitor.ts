import type { TestHttp } from '../http/client.ts'

export type Sent = {
  cookie?: string
  form?: Record<string, string>
  address?: string
  headers?: Record<string, string>
}

/** Stores cookies and sends them back, as a browser does. */
export const pairs = (cookies: string[]) => cookies.map((cookie) => cookie.split(';')[0]).join('; ')

/** Visits pages without a browser, and submits their forms. */
export function createVisitor(own: TestHttp) {
  async function visit(path: string, { cookie, form, address = '127.0.0.1', headers = {} }: Sent = {}) {
    const body = form && new URLSearchParams(form).toString()
    const init = {
      method: form ? 'POST' : 'GET',
      headers: {
        ...(cookie && { cookie }),
        ...(body !== undefined && {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(body.length),
        }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    }
    const answer = await own.http.request(path, init, { incoming: { socket: { remoteAddress: address } } })
    const cookies = answer.headers.getSetCookie()
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      cookies,
      csrf: /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '',
    }
  }

  async function logIn(key: string, address?: string) {
    const page = await visit('/console/login')
    const form = { csrf: page.csrf, key }
    return visit('/console/login', { cookie: pairs(page.cookies), form, ...(address && { address }) })
  }

  async function newSession(input: Record<string, unknown> = {}): Promise<string> {
    const { secret } = await own.newKey(input)
    return pairs((await logIn(secret)).cookies)
  }

  return { visit, logIn, newSession }
}

export type Visitor = ReturnType<typeof createVisitor>
