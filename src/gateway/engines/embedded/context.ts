import { randomBytes, randomUUID } from 'node:crypto'
import type { Message, Request, Response, Transaction, TransactionLayer } from 'sip'
import type { Local, Thread } from './requests.ts'
import type { Target, Wire } from './wire.ts'

/** What the parts of the engine share. */
export type Shared = {
  wire: Wire
  layer: TransactionLayer
  /** Where the request of a transaction went. */
  sentTo: WeakMap<Transaction, Target>
  /** By Call-ID: what to do with a reply to an INVITE whose transaction is gone. */
  strays: Map<string, { target: Target; heard(reply: Response): void }>
  /** By address: all addresses of the trunk that it belongs to. */
  trunks: Map<string, ReadonlySet<string>>
  allowPrivateTargets: boolean
  /** Our address on the way to a target; `publicAddress`: as the account says. */
  localFor(target: Target, publicAddress: string | undefined, audioPort: number | undefined): Promise<Local>
}

export const newThread = (): Thread => ({ callId: randomUUID(), tag: randomBytes(8).toString('hex') })

export const newBranch = (): string => `z9hG4bK${randomBytes(8).toString('hex')}`

/** Whether who speaks belongs to the trunk that a request went to. */
export const isOfTrunk = ({ trunks }: Pick<Shared, 'trunks'>, target: Target, from: Target): boolean =>
  from.address === target.address || trunks.get(target.address)?.has(from.address) === true

/** Whether the package itself made up the reply: no answer came in 32 s. */
export const isOwnReply = (reply: Response, request: Request): boolean =>
  reply.headers.via === request.headers.via

/**
 * Sends a request in a transaction, which repeats it over UDP. With a `gate`, the caller sends it the first
 * time, and nothing is repeated until the gate is open. The package would try further addresses by itself, so
 * it is given this one connection.
 */
export function transact(
  { wire, layer, sentTo }: Pick<Shared, 'wire' | 'layer' | 'sentTo'>,
  request: Request,
  target: Target,
  heard: (reply: Response) => void,
  gate?: { open: boolean },
): Transaction {
  let isFirst = gate !== undefined
  const connection = {
    protocol: target.transport.toUpperCase(),
    send: (message: Message) => {
      if (!isFirst && gate?.open !== false) wire.send(message, target)
      isFirst = false
    },
    release: () => {},
  }
  const transaction = layer.createClientTransaction(connection, request, heard)
  sentTo.set(transaction, target)
  return transaction
}
