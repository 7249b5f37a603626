/** The parts of npm `sip` 0.0.6 that we use. It parses what it can and leaves out the rest. */
declare module 'sip' {
  export type Address = { name?: string; uri: string; params?: Record<string, string | null> }
  export type Via = {
    version?: string
    protocol: string
    host: string
    port?: number
    params: Record<string, string | number | null>
  }
  export type Challenge = { scheme: string; [parameter: string]: string }
  export type Uri = {
    schema?: string
    user?: string
    host: string
    port: number
    params: Record<string, string | null>
  }
  export type Headers = {
    via: Via[]
    from: Address
    to: Address
    'call-id': string
    cseq: { seq: number; method: string }
    contact?: Address[] | '*'
    route?: unknown
    'record-route'?: { name?: string; uri: Uri | undefined; params?: Record<string, string | null> }[]
    'www-authenticate'?: Challenge[]
    'proxy-authenticate'?: Challenge[]
    authorization?: Challenge[]
    'proxy-authorization'?: Challenge[]
    reason?: string
    expires?: string
    'min-expires'?: string
    [name: string]: unknown
  }
  export type Request = { method: string; uri: string; headers: Headers; content?: string; version?: string }
  export type Response = {
    status: number
    reason: string
    headers: Headers
    content?: string
    version?: string
  }
  export type Message = Request | Response
  export type Connection = { protocol: string; send(message: Message): void; release(): void }
  export type Transaction = { message(message: Message, remote?: unknown): void; shutdown(): void }
  export type TransactionLayer = {
    createClientTransaction(
      connection: Connection,
      request: Request,
      heard: (reply: Response) => void,
    ): Transaction
    getClient(message: Message): Transaction | undefined
    destroy(): void
  }
  const sip: {
    parse(data: Buffer): Message | undefined
    parseUri(uri: string): Uri | undefined
    stringify(message: Message): string
    makeResponse(
      request: Request,
      status: number,
      reason: string,
      more?: { headers: Record<string, unknown> },
    ): Response
    makeTransactionLayer(options: object, open: () => never): TransactionLayer
  }
  export default sip
}
