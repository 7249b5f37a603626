import { describe, expect, it, onTestFinished } from 'vitest'
import { credentialsIn, sandboxNamespace, sandboxSignKey } from '../../src/sandbox/credentials.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { startTestGateway } from '../gateway/support.ts'

const NAMESPACE = sandboxNamespace(Buffer.alloc(32, 7))
const { key: KEY = '' } = credentialsIn(NAMESPACE, { sandboxCredentials: ({ key }) => ({ key }) })

async function startAll() {
  const sandbox = await startSandbox()
  onTestFinished(() => sandbox.close())
  const gateway = await startTestGateway()
  const settings = {
    server: '127.0.0.1',
    port: Number(new URL(sandbox.url).port),
    domain: 'sandbox',
    username: KEY,
    password: sandboxSignKey(KEY),
    register: true,
  }
  return { sandbox, gateway, settings }
}

describe('the sandbox’s trunk', () => {
  it('rings the handset with the number that the gateway shows', async () => {
    const { sandbox, gateway, settings } = await startAll()
    const { id } = await gateway.place(settings, { from: '+74951239876', to: '+79243555100' })
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer' })
    expect(sandbox.calls.handset(NAMESPACE, '+79243555100')).toMatchObject([{ from: '+74951239876' }])
    expect(sandbox.calls.list(NAMESPACE)).toHaveLength(1)
  })

  it.each([
    ['+79000000001', { status: 'busy' }],
    ['+79000000002', { status: 'answered' }],
    ['+79000000003', { status: 'no_such_number' }],
    ['+79000000004', { status: 'unreachable', refusal: null }],
    ['+79000000007', { refusal: 'other' }],
    ['+79000000010', { status: 'unreachable' }],
  ])('has the special phone %s', async (to, verdict) => {
    const { gateway, settings } = await startAll()
    const { id } = await gateway.place(settings, { to, ring_ms: 3000, setup_ms: 3000 })
    expect((await gateway.ended(id)).verdict).toMatchObject(verdict)
  })

  it('takes nobody without a key of the sandbox', async () => {
    const { sandbox, gateway, settings } = await startAll()
    const placed = await gateway.place({ ...settings, register: false, password: 'another' })
    expect(placed.body.verdict).toMatchObject({ refusal: 'unauthorized' })
    expect(sandbox.calls.list(NAMESPACE)).toHaveLength(0)
  })
})
