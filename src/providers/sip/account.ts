import { z } from 'zod'
import { issue } from '../../words/text.ts'
import type { Account } from '../provider.ts'
import { type SipSettings, sipSettings, sipUser } from './settings.ts'

export const credentials = z
  .strictObject({
    username: sipUser.optional().describe('The SIP user, unless the trunk knows our address'),
    password: z.string().min(1).max(256).optional(),
  })
  .superRefine(({ username, password }, issues) => {
    if ((username === undefined) === (password === undefined)) return
    const path = [username === undefined ? 'username' : 'password']
    issues.addIssue({ code: 'custom', path, message: issue('sip_user_and_password') })
  })
export type SipCredentials = z.infer<typeof credentials>

export const settings = z.strictObject(sipSettings)
export type SipAccount = Account<SipCredentials, SipSettings>
