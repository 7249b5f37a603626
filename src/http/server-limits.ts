/** Cuts off clients that send slowly or without end; times in milliseconds. */
export const SERVER_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  /** How often the two above are looked at: half a minute by default. */
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16_384,
}

/** Further connections are closed at once. One takes some 10 KiB, and up to 16 KiB of headers that are on their way. */
export const CONNECTIONS_MAX = 10_000
