/** Cuts off clients that send too slowly or too much; times in milliseconds. */
export const SERVER_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  /** How often Node checks the two timeouts above; its default is 30 s. */
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16_384,
}

/**
 * Further connections are closed at once. Each takes about 10 KiB, plus up to 16 KiB of headers being
 * received.
 */
export const CONNECTIONS_MAX = 12_000
