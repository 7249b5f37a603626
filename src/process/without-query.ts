/** The database's error without the ORM's wrapper, whose message quotes the statement and its values. */
export function withoutQuery(error: unknown): unknown {
  const isWrapped = error instanceof Error && 'query' in error && error.cause instanceof Error
  return isWrapped ? error.cause : error
}
