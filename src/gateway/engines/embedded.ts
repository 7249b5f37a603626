import { createSocket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import type { Message, Request, Response } from 'sip'
import sip from 'sip'
import { z } from 'zod'
import { isOfTrunk, type Shared } from './embedded/context.ts'
import { resumeLeg } from './embedded/leg.ts'
import { createLine } from './embedded/line.ts'
import { ALLOW_HEADER, type LegRecord, type Local } from './embedded/requests.ts'
import { openWire, type Target, type Wire } from './embedded/wire.ts'
import type { Engine } from './engine.ts'

/**
 * SIP in this process, over npm `sip` 0.0.6: its parser, its writer and its transactions. The package is no
 * longer kept, so nothing else of it is used: sockets, names, digests and every decision are ours. It never
 * sees a second address for a request, which it would try by itself.
 */
export async function createEmbeddedEngine(options: {
  /** Where the SIP socket listens. */
  address: string
  /** 0: any free port. */
  port: number
  allowPrivateTargets: boolean
  failed(error: Error): void
}): Promise<Engine & { port: number }> {
  const wire: Wire = await openWire({
    address: options.address,
    port: options.port,
    failed: options.failed,
    heard,
  })
  const audio = await openAudio(options.address, options.failed)
  const layer = sip.makeTransactionLayer({}, () => {
    throw new Error('unused')
  })
  const shared: Shared = {
    wire,
    layer,
    sentTo: new WeakMap(),
    strays: new Map(),
    trunks: new Map(),
    allowPrivateTargets: options.allowPrivateTargets,
    async localFor(target, publicAddress, audioPort): Promise<Local> {
      const address =
        publicAddress ?? (options.address === '0.0.0.0' ? await addressTowards(target) : options.address)
      return { address, port: wire.port, audioPort: audioPort ?? audio.port }
    },
  }

  function heard(message: Message, from: Target): void {
    if ('method' in message) return void answer(wire, message, from)
    const transaction = layer.getClient(message)
    const stray = shared.strays.get(message.headers['call-id'])
    const target = transaction ? shared.sentTo.get(transaction) : stray?.target
    if (!target || !isOfTrunk(shared, target, from)) return
    if (transaction) transaction.message(message, from)
    else if (message.headers.cseq.method === 'INVITE') stray?.heard(message)
  }

  return {
    port: wire.port,
    connect: (settings, hooks) => createLine(shared, settings, hooks),
    resume(record, hear) {
      const leg = legRecord.safeParse(record)
      return leg.success ? resumeLeg(shared, leg.data as LegRecord, hear) : null
    },
    async close() {
      layer.destroy()
      audio.close()
      await wire.close()
    },
  }
}

/** Requests of the trunk: it may ask whether we live and end calls. No call is ever routed. */
function answer(wire: Wire, request: Request, from: Target): void {
  if (request.method === 'ACK') return
  const [status, reason] =
    request.method === 'OPTIONS' || request.method === 'BYE'
      ? ([200, 'OK'] as const)
      : request.method === 'CANCEL'
        ? ([481, 'Call/Transaction Does Not Exist'] as const)
        : ([405, 'Method Not Allowed'] as const)
  const reply: Response = sip.makeResponse(request, status, reason, { headers: { ...ALLOW_HEADER } })
  const via = reply.headers.via[0]
  if (via) {
    via.params.received = from.address
    if ('rport' in via.params) via.params.rport = String(from.port)
  }
  wire.send(reply, from)
}

const address = z.object({
  name: z.string().optional(),
  uri: z.string(),
  params: z.record(z.string(), z.string().nullable()).optional(),
})
const legRecord = z.object({
  target: z.object({ transport: z.enum(['udp', 'tcp']), address: z.string(), port: z.number() }),
  uri: z.string(),
  via: z.object({
    version: z.string().optional(),
    protocol: z.string(),
    host: z.string(),
    port: z.number().optional(),
    params: z.record(z.string(), z.union([z.string(), z.number()]).nullable()),
  }),
  from: address,
  to: address,
  callId: z.string(),
  seq: z.number(),
})

/** One port for the audio of all calls, which is thrown away. */
async function openAudio(host: string, failed: (error: Error) => void) {
  const socket = createSocket('udp4').on('message', () => {})
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, host, () => resolve())
  })
  socket.removeAllListeners('error').on('error', failed)
  return { port: (socket.address() as AddressInfo).port, close: () => socket.close() }
}

/** Our address on the way there: the system says which it would use. Nothing is sent. */
async function addressTowards({ address, port }: Target): Promise<string> {
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.connect(port, address, () => resolve())
    })
    return socket.address().address
  } finally {
    socket.close()
  }
}
