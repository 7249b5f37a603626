/** The embedded PostgreSQL cannot run; the message is one line and says what to do. */
export class EmbeddedError extends Error {
  override name = 'EmbeddedError'
}
