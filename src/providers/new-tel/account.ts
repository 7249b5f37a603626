import { z } from 'zod'
import { issue } from '../../words/text.ts'
import type { Account } from '../provider.ts'
import { cleanPasted, commonSettings } from '../shapes.ts'

const key = (what: string) =>
  z
    .string()
    .transform((text) => cleanPasted(text).toLowerCase())
    .pipe(z.string().regex(/^[0-9a-f]{48}$/, issue('new_tel_key')))
    .describe(what)
export const credentials = z.strictObject({
  access_key: key('The key for access to the API (“Ключ доступа к API-серверу”)'),
  sign_key: key('The key that signs requests (“Ключ для подписи запросов”)'),
})
export const settings = z.strictObject({
  ...commonSettings,
  method_prefix: z
    .enum(['call', 'call-password'])
    .default('call')
    .describe('The path under which the operator offers flash calls to this account'),
  pin_length: z.literal([4, 5]).default(5).describe('Digits of the code'),
  both_pin_lengths: z
    .boolean()
    .default(false)
    .describe('Whether the account also takes pins of the other length, from clients that choose theirs'),
  call_timeout_seconds: z.int().min(20).max(99).default(20).describe('How long the phone rings at most'),
  synchronous: z
    .boolean()
    .default(false)
    .describe('Have the operator answer only when the call has ended, with its real status'),
})

export type NewTelCredentials = z.infer<typeof credentials>
export type NewTelSettings = z.infer<typeof settings>
export type NewTelAccount = Account<NewTelCredentials, NewTelSettings>
