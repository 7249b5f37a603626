import { readFileSync } from 'node:fs'

/** One request and its answer, recorded over the sandbox by `npm run examples`. */
export type Example = {
  path?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
  status: number
  answer?: unknown
}

/** A recorded example of each operation, by its id. */
export const EXAMPLES: Readonly<Record<string, Example>> = JSON.parse(
  readFileSync(new URL('examples.json', import.meta.url), 'utf8'),
)
