import type { Agent } from 'undici'
import { publicLookup } from './targets.ts'

/**
 * Returns the agent for requests to public addresses only, or to any. Both are created with the first request: an API
 * process that sends none saves 4 MiB.
 */
export function createAgents(connectTimeoutMs: number, options: Agent.Options = {}) {
  async function create() {
    const { Agent } = await import('undici')
    const connect = { timeout: connectTimeoutMs }
    return {
      toPublic: new Agent({ ...options, connect: { ...connect, lookup: publicLookup } }),
      toAny: new Agent({ ...options, connect }),
    }
  }
  let agents: ReturnType<typeof create> | undefined
  return async function agentFor({ allowPrivateTargets }: { allowPrivateTargets: boolean }): Promise<Agent> {
    agents ??= create().catch((error) => {
      agents = undefined
      throw error
    })
    const { toAny, toPublic } = await agents
    return allowPrivateTargets ? toAny : toPublic
  }
}
