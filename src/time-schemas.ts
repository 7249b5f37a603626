import { z } from '@hono/zod-openapi'

const message = 'must be a time that exists, in RFC 3339, e.g. 2026-01-31T12:00:00Z'

/** A moment in RFC 3339, with any offset. Outside the years 1–9999 of UTC, PostgreSQL cannot read what a Date writes. */
export const moment = z.iso
  .datetime({ offset: true, error: message })
  .transform((value) => new Date(value))
  .refine((value) => value.getUTCFullYear() >= 1 && value.getUTCFullYear() <= 9999, message)
