import { z } from 'zod'
import { issue } from '../../words/text.ts'
import type { Account } from '../provider.ts'
import { cleanPasted, commonSettings } from '../shapes.ts'

export const credentials = z.strictObject({
  token: z
    .string()
    .transform(cleanPasted)
    .pipe(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._~-]{7,199}$/, issue('telefon_ip_token')))
    .describe('The access token of the operator’s API'),
})
export const settings = z.strictObject(commonSettings)

export type TelefonIpCredentials = z.infer<typeof credentials>
export type TelefonIpSettings = z.infer<typeof settings>
export type TelefonIpAccount = Account<TelefonIpCredentials, TelefonIpSettings>
