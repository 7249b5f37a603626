import { connect } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../setup/wait.ts'
import { KEY, startTestGateway } from './support.ts'

describe('the gateway’s API', () => {
  it('answers any body and any query with what is wrong, and never fails', async () => {
    const gateway = await startTestGateway()
    const paths = ['/v1/calls/attempt-1', '/v1/trunks/trunk', '/v1/calls/%E0%A4%A', '/v1/calls/..%2f..%2fx']
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, body) => {
        expect((await gateway.request('PUT', path, body)).status).toBe(422)
      }),
      { numRuns: 100 },
    )
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (after, from) => {
        const query = new URLSearchParams({ from, to: '2026-11-28T10:00:00Z', after })
        expect((await gateway.request('GET', `/v1/calls?${query}`)).status).toBe(422)
      }),
      { numRuns: 50 },
    )
    const span = 'from=2026-11-28T10:00:00Z&to=2026-11-28T11:00:00Z'
    for (const after of ['0.0.attempt-1', '9999999.999999999999999.attempt-1']) {
      const { status, body } = await gateway.request('GET', `/v1/calls?${span}&after=${after}`)
      expect([status, body]).toEqual([200, { data: [], next: null }])
    }
    expect((await gateway.request('PUT', '/v1/calls/attempt-1', 'x'.repeat(100_000))).status).toBe(413)
    expect(gateway.faults()).toEqual([])
  })

  it('asks each of several requests on one connection for its key', async () => {
    const gateway = await startTestGateway()
    const { port } = new URL(gateway.url)
    const socket = connect(Number(port), '127.0.0.1')
    let heard = ''
    socket.setEncoding('utf8').on('data', (text) => {
      heard += text
    })
    const ask = (key: string) =>
      `GET /v1/trunks/trunk HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${key}\r\n\r\n`
    socket.write([KEY, 'another', `${KEY}x`, ''].map(ask).join(''))
    const statuses = () => [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    await waitFor(() => statuses().length === 4)
    expect(statuses()).toEqual(['404', '401', '401', '401'])
    socket.destroy()
  })
})
