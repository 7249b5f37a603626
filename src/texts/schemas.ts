import { z } from '@hono/zod-openapi'
import { languageTag } from '../values/language-schemas.ts'
import { issue } from '../words/text.ts'

/** What a template may contain in braces. */
export const PLACEHOLDERS = ['code', 'app', 'ttl_minutes'] as const
const TEMPLATE_MAX = 500
const PLACEHOLDER = new RegExp(`\\{(?:${PLACEHOLDERS.join('|')})\\}`, 'g')

/** Control characters, line breaks, halves of surrogate pairs, and marks that reverse the direction of text. */
const isPlain = (text: string) => !/[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u.test(text)

const template = z
  .string()
  .trim()
  .min(1)
  .max(TEMPLATE_MAX)
  .refine(isPlain, issue('text_control'))
  .refine((text) => !/[{}]/.test(text.replace(PLACEHOLDER, '')), issue('text_placeholder'))
  .refine((text) => text.includes('{code}'), issue('text_without_code'))

const FIELDS = {
  app: z
    .string()
    .trim()
    .min(1)
    .max(40)
    .refine(isPlain, issue('text_control'))
    .nullable()
    .openapi({ description: 'The name of your app, for `{app}`.', example: 'Acme' }),
  domain: z
    .string()
    .max(100)
    .toLowerCase()
    .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/, issue('domain'))
    .nullable()
    .openapi({
      description:
        'Your site’s domain, in ASCII. The last line of an SMS is then `@domain #code`: browsers offer the code on this site only.',
      example: 'acme.example',
    }),
  android_hash: z
    .string()
    .regex(/^[A-Za-z0-9+/]{11}$/, issue('android_hash'))
    .nullable()
    .openapi({
      description:
        'Your Android app’s hash, 11 characters: SMS Retriever hands the app every SMS that ends with it. Each SMS must then fit into 140 bytes.',
      example: 'FA+9qCX9VSu',
    }),
  default_language: languageTag.nullable().openapi({
    description: 'The language if there is no text in that of the start; null: Russian for +7, else English.',
    example: 'en',
  }),
} as const

const DESCRIPTION = {
  sms: 'Templates of SMS by language.',
  voice: 'Templates of what a voice call says, by language; it says the digits of `{code}` one by one.',
} as const

const own = (description: string) =>
  z.record(languageTag, template).openapi({ description, example: { en: '{code} is your {app} code.' } })

/** What a tenant has set. */
const OwnTexts = z.object({ ...FIELDS, sms: own(DESCRIPTION.sms), voice: own(DESCRIPTION.voice) })

export type OwnTexts = z.infer<typeof OwnTexts>

const preview = z.object({
  text: z.string().openapi({ description: 'With the code 123456, valid for 5 minutes.' }),
  built_in: z.boolean().openapi({ description: 'Whether the template is Ringproof’s own.' }),
  length: z.int().openapi({ description: 'Characters; in an SMS, units of its encoding.' }),
})

/** A tenant's texts with previews. */
export const TextsView = OwnTexts.extend({
  previews: z.object({
    sms: z.record(
      z.string(),
      preview.extend({
        encoding: z.enum(['gsm7', 'ucs2']),
        segments: z.int().openapi({ description: 'How many messages an operator sends and charges for.' }),
      }),
    ),
    voice: z.record(z.string(), preview),
  }),
}).openapi('Texts')

export type TextsView = z.infer<typeof TextsView>

const changed = (description: string) =>
  z
    .record(languageTag, template.nullable())
    .nullable()
    .openapi({ description: `${description} Languages not named keep theirs; null removes one, or all.` })

/** Any fields of the texts; omitted ones stay unchanged, null removes. */
export const TextsChanges = z
  .strictObject({ ...FIELDS, sms: changed(DESCRIPTION.sms), voice: changed(DESCRIPTION.voice) })
  .partial()
  .openapi('TextsChanges')

export type TextsChanges = z.infer<typeof TextsChanges>

/** The texts of a tenant that has set `fields`. */
export function completeTexts(fields: Record<string, unknown>): OwnTexts {
  const none = { app: null, domain: null, android_hash: null, default_language: null, sms: {}, voice: {} }
  return OwnTexts.parse({ ...none, ...fields })
}
