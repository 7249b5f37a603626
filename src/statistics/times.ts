/** The largest relative error of a quantile. */
const ERROR = 0.01

/**
 * The ratio of a bucket's bounds. Bucket `i` holds the spans above `ratio ** (i - 1)` up to `ratio ** i` seconds, and
 * stands for the one that is at most 1 % from all of them (DDSketch, Masson et al., 2019). Buckets of hours add up.
 */
export const BUCKET_RATIO = (1 + ERROR) / (1 - ERROR)

/** Counts by bucket. */
export type Histogram = ReadonlyMap<number, number>

/**
 * The smallest span, in seconds, that is at least as long as `share` of all (nearest rank), at most 1 % off; null
 * without any.
 */
export function quantile(histogram: Histogram, share: number): number | null {
  const buckets = [...histogram].sort(([a], [b]) => a - b)
  const total = buckets.reduce((sum, [, count]) => sum + count, 0)
  let rank = Math.ceil(share * total)
  for (const [bucket, count] of buckets) {
    rank -= count
    if (count > 0 && rank <= 0) return (2 * BUCKET_RATIO ** bucket) / (BUCKET_RATIO + 1)
  }
  return null
}
