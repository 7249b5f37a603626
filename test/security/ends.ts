let requesters = 0

/** How the verifications of so many requesters ended, none of whom came before. */
export function ends(finished: number, approved: number, startedAt = Date.now()) {
  return new Map(
    Array.from({ length: finished }, (_, i) => {
      requesters += 1
      return [`phone ${requesters}`, { approved: i < approved, startedAt }] as const
    }),
  )
}
