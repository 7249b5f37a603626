/** The ORM wraps what the database said in an error whose message quotes the statement and its values. */
export function bareError(error: unknown): unknown {
  const isWrapped = error instanceof Error && 'query' in error && error.cause instanceof Error
  return isWrapped ? error.cause : error
}
