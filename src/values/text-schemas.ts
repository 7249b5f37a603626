import { z } from '@hono/zod-openapi'
import { issue } from '../words/text.ts'

/** PostgreSQL keeps neither a NUL nor half a surrogate pair. */
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed()

/** A client's own text that we store. */
export const ownText = (min: number, max: number) =>
  z.string().min(min).max(max).refine(isStorable, issue('not_storable'))
