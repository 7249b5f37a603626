/** The embedded PostgreSQL cannot run; the message is one line for whoever started it, and says what to do. */
export class EmbeddedError extends Error {
  override name = 'EmbeddedError'
}
