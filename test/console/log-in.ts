import { ADMIN_KEY, type TestHttp } from '../http/client.ts'

const cookieOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')

/** Logs in to the console with ADMIN_KEY; the cookies of the session. */
export async function logIn({ http }: Pick<TestHttp, 'http'>): Promise<string> {
  const page = await http.request('/console/login')
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  const body = new URLSearchParams({ csrf, key: ADMIN_KEY })
  const headers = { cookie: cookieOf(page), 'content-length': String(body.toString().length) }
  const env = { incoming: { socket: { remoteAddress: '127.0.0.1' } } }
  return cookieOf(await http.request('/console/login', { method: 'POST', headers, body }, env))
}
