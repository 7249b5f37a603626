import { randomInt } from 'node:crypto'
import { parseId } from '../../src/values/ids.ts'
import { wrongFor } from '../verifications/support.ts'
import { ask, type Cases, type Scene } from './scene.ts'

/** The POSTs of a user's browser or app. */
export const CLIENT_POSTS: Record<string, Cases> = {
  confirmOwnVerification: {
    right: async (scene) => confirmation(scene, (code) => code, 200),
    wrong: async (scene) => confirmation(scene, wrongFor, 422),
  },
  retryOwnVerification: {
    called: async (scene) => {
      const { id, client_token: key } = await rung(scene)
      await scene.sql`
        update attempts set placing_at = placing_at - interval '31 s'
        where verification_id = ${parseId('verification', id) ?? ''}`
      return { path: '/v1/client/retry', key, status: 202 }
    },
  },
  nextOwnVerificationStep: {
    begun: async (scene) => {
      const workflow = [{ channel: 'flash_call' }, { channel: 'flash_call' }]
      return { path: '/v1/client/next', key: (await rung(scene, { workflow })).client_token, status: 202 }
    },
  },
  giveOwnFeedback: {
    noted: async (scene) => {
      const { client_token: key } = await started(scene)
      return { path: '/v1/client/feedback', body: { reason: 'no_call' }, key, status: 204 }
    },
  },
}

type Started = { id: string; phone: string; client_token: string }

function started(scene: Scene, more = {}): Promise<Started> {
  const body = { phone: `+7925${randomInt(1_000_000, 9_999_999)}`, client_token: true, ...more }
  return ask(scene, 'POST', '/v1/verifications', { key: scene.testKey, body })
}

async function rung(scene: Scene, more = {}): Promise<Started & { code: string }> {
  const verification = await started(scene, more)
  return { ...verification, code: await scene.codeOf(verification) }
}

async function confirmation(scene: Scene, typed: (code: string) => string, status: number) {
  const { client_token: key, code } = await rung(scene)
  return { path: '/v1/client/confirm', body: { code: typed(code) }, key, status }
}
