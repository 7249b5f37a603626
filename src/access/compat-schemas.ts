import { z } from '@hono/zod-openapi'
import { FACADES, type Facade } from '../db/schema/compat.ts'

export { FACADES, type Facade }

export const CreateCompatInput = z
  .strictObject({
    facade: z.enum(FACADES).openapi({ description: 'The operator whose API the client speaks.' }),
    name: z.string().trim().min(1).max(100),
    livemode: z.boolean().optional().openapi({ description: 'Default: the mode of the key.' }),
  })
  .openapi('CreateCompatCredential')

export type CreateCompatInput = z.infer<typeof CreateCompatInput>

const time = z.string().openapi({ format: 'date-time' })

export const CompatView = z
  .object({
    id: z.string().openapi({ example: 'cmp_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    tenant: z.string(),
    facade: z.enum(FACADES),
    name: z.string(),
    hint: z.string().openapi({ description: 'The last four characters of the token or access key.' }),
    livemode: z.boolean(),
    last_used_at: time.nullable().openapi({ description: 'To the minute.' }),
    created_at: time,
  })
  .openapi('CompatCredential')

export type CompatView = z.infer<typeof CompatView>

/** What a new credential consists of; no later answer has it. */
export type CompatSecrets = { token: string } | { access_key: string; sign_key: string }

const hex = (description: string) => z.string().length(48).optional().openapi({ description })

export const NewCompatView = CompatView.extend({
  token: z.uuid().optional().openapi({ description: '`telefon-ip` only. Shown only in this answer.' }),
  access_key: hex('`new-tel` only. Shown only in this answer.'),
  sign_key: hex('`new-tel` only. Shown only in this answer.'),
}).openapi('NewCompatCredential')
