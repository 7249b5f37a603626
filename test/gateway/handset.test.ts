import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../setup/ports.ts'
import { hasProgram, startProgram } from '../setup/sip-peers.ts'
import { waitFor } from '../setup/wait.ts'
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
  return { settings: { server: ADDRESS, port }, told: () => told }
}

const connected = (port: number) =>
  new Promise<Socket>((resolve, reject) => {
    const socket = connect(port, ADDRESS, () => resolve(socket)).once('error', reject)
  })

describe.skipIf(!hasProgram('baresip'))('a phone', () => {
  it('shows the number that was ordered, and stops ringing when it is cancelled', async () => {
    const gateway = await startTestGateway()
    const handset = await startHandset('79243555100')
    const from = '+74951230042'
    const { id } = await gateway.place({ ...handset.settings, called_format: 'e164' }, { from })
    expect((await gateway.ended(id)).verdict).toMatchObject({ status: 'no_answer', assumed: false })
    expect(await waitFor(() => /"CALL_INCOMING".*?"peeruri":"([^"]*)"/.exec(handset.told())?.[1])).toBe(
      `sip:${from}@${ADDRESS}`,
    )
    await waitFor(() => handset.told().includes('CALL_CLOSED'), { what: handset.told() })
  })
})
