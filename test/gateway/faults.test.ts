import dns from 'node:dns/promises'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { waitFor } from '../setup/wait.ts'
import { startPeer } from './peer.ts'
import { startTestGateway } from './support.ts'

const HOUR_MS = 3_600_000

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'gateway-faults-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

it('no INVITE leaves while the disk is full, and calls leave again once it is not', async () => {
  const path = join(folder(), 'gateway')
  mkdirSync(path)
  const links = [0, HOUR_MS].map((later) => {
    const hour = new Date(Date.now() + later).toISOString().slice(0, 13)
    return join(path, `calls-${hour}.jsonl`)
  })
  const gateway = await startTestGateway({ folder: path })
  for (const link of links) symlinkSync('/dev/full', link)
  const peer = await startPeer((request) => (request.startsWith('INVITE') ? '486 Busy' : '200 OK'))
  const order = { id: 'attempt-1' }
  for (let i = 0; i < 3; i += 1) {
    const { status, body } = await gateway.place(peer.settings, order)
    expect([status, body]).toEqual([503, { error: 'failed' }])
  }
  for (const link of links) rmSync(link)
  expect((await gateway.place(peer.settings, order)).body.sip_status).toBe(486)
  expect(peer.heard('INVITE')).toHaveLength(1)
})

it('a second gateway on the same folder does not start, and ends no call of the first', async () => {
  const path = join(folder(), 'gateway')
  const gateway = await startTestGateway({ folder: path })
  const peer = await startPeer((request) => (request.startsWith('INVITE') ? '180 Ringing' : null))
  const { id } = await gateway.place(peer.settings, { ring_ms: 15_000 })
  await expect(startTestGateway({ folder: path, sipPort: 0 })).rejects.toThrow('another gateway')
  expect((await gateway.get(id)).state).toBe('alerted')
  expect(peer.heard('CANCEL')).toHaveLength(0)
})

it('a clock that jumps back delays neither answers nor the next call', async () => {
  const gateway = await startTestGateway()
  const silent = await startPeer(() => null)
  const settings = { ...silent.settings, max_per_second: 2, max_in_flight: 10 }
  const placing = gateway.place(settings)
  await waitFor(() => silent.heard('INVITE').length > 0)
  const jump = vi
    .spyOn(Date, 'now')
    .mockImplementation(() => performance.timeOrigin + performance.now() - HOUR_MS)
  onTestFinished(() => jump.mockRestore())
  expect((await placing).body.state).toBe('inviting')
  const next = () => gateway.place(settings).then(({ status }) => status)
  expect(await next()).toBe(201)
})

it('names that nobody resolves hold up neither each other’s threads nor the calls of other trunks', async () => {
  const { lookup } = dns
  const waiting: (() => void)[] = []
  dns.lookup = ((name: string) =>
    name.endsWith('.slow.test')
      ? new Promise((resolve) => waiting.push(() => resolve([])))
      : lookup(name, { all: true })) as never
  syncBuiltinESMExports()
  const gateway = await startTestGateway()
  const place = (i: number) =>
    gateway.place({ server: `t${i % 3}.slow.test`, port: 5060 }, { trunkId: `slow-${i % 3}` })
  const slow = Promise.all(Array.from({ length: 12 }, (_, i) => place(i)))
  const peer = await startPeer(() => '486 Busy')
  expect((await gateway.place(peer.settings)).body.sip_status).toBe(486)
  expect((await slow).map(({ body }) => body.error)).toEqual(Array(12).fill('unregistered'))
  expect(waiting).toHaveLength(1)
  dns.lookup = lookup
  syncBuiltinESMExports()
  for (const go of waiting) go()
})
