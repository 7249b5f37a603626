import { z } from '@hono/zod-openapi'
import { issue } from '../words/text.ts'
import { canonicalLanguage } from './language.ts'

const LENGTH_MAX = 35

/** A language tag as received, made canonical. */
export const languageTag = z
  .string()
  .max(LENGTH_MAX)
  .refine((tag) => canonicalLanguage(tag) !== null, issue('language'))
  .overwrite((tag) => canonicalLanguage(tag) ?? tag)
