import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../setup/ports.ts'
import { hasProgram } from '../setup/programs.ts'
import { startProgram } from '../setup/sip-peers.ts'
import { waitFor } from '../setup/wait.ts'
import { callIdOf } from './peer.ts'
import { startRelay } from './relay.ts'
import { startTestGateway } from './support.ts'

const ADDRESS = '127.0.0.7'

/** A phone that tells what it shows. */
async function startHandset(user: string) {
  const folder = mkdtempSync(join(tmpdir(), 'baresip-'))
  const [port, control] = [await freePort(), await freePort()]
  const modules = ['module g711.so', 'module_app account.so', 'module_app ctrl_tcp.so']
  const settings = [
    `sip_listen ${ADDRESS}:${port}`,
    'module_path /usr/lib/baresip/modules',
    ...modules,
    `ctrl_tcp_listen ${ADDRESS}:${control}`,
  ]
  writeFileSync(join(folder, 'config'), `${settings.join('\n')}\n`)
  writeFileSync(join(folder, 'accounts'), `<sip:${user}@${ADDRESS}:${port};transport=udp>;regint=0\n`)
  writeFileSync(join(folder, 'contacts'), '')
  const program = await startProgram('baresip', ['-f', folder], folder)
  onTestFinished(async () => {
    await program.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  let told = ''
  const socket = await waitFor(() => connected(control), { what: `baresip: ${program.output()}` })
  onTestFinished(() => void socket.destroy())
  socket.setEncoding('utf8').on('data', (text: unknown) => {
    told += String(text)
  })
  const shown = () =>
    [...told.matchAll(/"CALL_INCOMING".*?"peeruri":"([^"]*)"/g)].map(([, from = '']) => from)
  return { settings: { server: ADDRESS, port }, told: () => told, shown }
}

const connected = (port: number) =>
  new Promise<Socket>((resolve, reject) => {
    const socket = connect(port, ADDRESS, () => resolve(socket)).once('error', reject)
  })

/** A trunk that takes the calling number from P-Asserted-Identity, and shows its own where there is none. */
function replacing(own: string) {
  const numbers = new Map<string, string>()
  return (message: string, outbound: boolean) => {
    if (!outbound) return [message]
    const asserted = /^P-Asserted-Identity: <sip:([^@]+)@/im.exec(message)?.[1]
    const callId = callIdOf(message)
    if (message.startsWith('INVITE ')) numbers.set(callId, asserted ?? own)
    return [message.replace(/^(From:.*<sip:)[^@]+@/im, `$1${numbers.get(callId) ?? own}@`)]
  }
}

describe.skipIf(!hasProgram('baresip'))('a phone', () => {
  it('shows the number that was ordered, and stops ringing when it is cancelled', async () => {
    const gateway = await startTestGateway()
    const handset = await startHandset('79243555100')
    const from = '+74951230042'
    const { id } = await gateway.place({ ...handset.settings, called_format: 'e164' }, { from })
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer', assumed: false })
    expect(await waitFor(() => handset.shown()[0])).toBe(`sip:${from}@${ADDRESS}`)
    await waitFor(() => handset.told().includes('CALL_CLOSED'), { what: handset.told() })
  })

  it('of a trunk that replaces the number in From shows what we assert', async () => {
    const gateway = await startTestGateway()
    const handset = await startHandset('79243555100')
    const network = await startRelay(handset.settings, replacing('74950000000'))
    const from = '+74951230042'
    const trunk = { ...network, domain: ADDRESS, called_format: 'e164' }
    for (const caller_id_in of [['from'], ['pai'], ['from', 'pai']]) {
      const { id } = await gateway.place({ ...trunk, caller_id_in }, { from })
      expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer' })
    }
    await waitFor(() => handset.shown().length === 3, { what: handset.told() })
    expect(handset.shown().map((uri) => uri.replace(/^sip:|@.*$/g, ''))).toEqual(['74950000000', from, from])
  })
})
