let requesters = 0

/** The ends of verifications of that many new requesters. */
export function ends(finished: number, approved: number, startedAt = Date.now()) {
  return new Map(
    Array.from({ length: finished }, (_, i) => {
      requesters += 1
      return [`phone ${requesters}`, { approved: i < approved, startedAt }] as const
    }),
  )
}
