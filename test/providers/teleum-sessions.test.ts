import { describe, expect, it } from 'vitest'
import { ProviderFault } from '../../src/providers/provider.ts'
import { createSessions, ENDED, type Session } from '../../src/providers/teleum/sessions.ts'

const PATIENCE = { patienceMs: 12_000 }

/** An operator where a login ends every other session, and a clock that only tests move. */
function operator() {
  let now = 0
  let logins = 0
  const state = { valid: '', rejects: false, waits: [] as number[] }
  const process = () => {
    const sessions = createSessions({
      now: () => now,
      async wait(ms) {
        state.waits.push(ms)
        now += ms
      },
    })
    async function login(): Promise<Session> {
      await Promise.resolve()
      logins += 1
      if (state.rejects) throw new ProviderFault('unauthorized', 'wrong password')
      state.valid = `token ${logins}`
      return { token: state.valid, vivaid: '1' }
    }
    async function ask({ token }: Session) {
      await Promise.resolve()
      return token === state.valid ? token : ENDED
    }
    return { use: (options = PATIENCE) => sessions.use('user', { login, ask, ...options }) }
  }
  return { process, state, pass: (ms: number) => (now += ms), logins: () => logins }
}

describe('the session of a user', () => {
  it('is opened once for everybody who waits for it, and kept', async () => {
    const { process, logins } = operator()
    const one = process()
    expect(await Promise.all(Array.from({ length: 20 }, () => one.use()))).toEqual(Array(20).fill('token 1'))
    await one.use()
    expect(logins()).toBe(1)
  })

  it('is opened again, and the request repeated, if it is over: once for all', async () => {
    const { process, state, pass, logins } = operator()
    const one = process()
    await one.use()
    pass(15 * 60_000)
    state.valid = ''
    expect(await Promise.all([one.use(), one.use(), one.use()])).toEqual(Array(3).fill('token 2'))
    expect(logins()).toBe(2)
  })

  it('survives a second process: each logs in again, never twice in ten seconds, and not in step', async () => {
    const { process, state, logins } = operator()
    const [one, other] = [process(), process()]
    await one.use()
    await other.use()
    expect(logins()).toBe(2)
    await one.use()
    expect(logins()).toBe(3)
    const [ms = 0] = state.waits
    expect(ms).toBeGreaterThanOrEqual(10_200)
    expect(ms).toBeLessThanOrEqual(10_800)
  })

  it('is a fault, without a login, where a caller cannot wait that long', async () => {
    const { process, logins } = operator()
    const [one, other] = [process(), process()]
    await one.use()
    await other.use()
    await expect(one.use({ patienceMs: 5_000 })).rejects.toMatchObject({ reason: 'refused' })
    expect(logins()).toBe(2)
  })

  it('is given up if it is over again at once', async () => {
    const sessions = createSessions({ now: () => 0, wait: async () => {} })
    let asked = 0
    const asking = sessions.use('user', {
      ...PATIENCE,
      login: async () => ({ token: 'x', vivaid: '1' }),
      async ask() {
        asked += 1
        return ENDED
      },
    })
    await expect(asking).rejects.toMatchObject({ reason: 'refused' })
    expect(asked).toBe(2)
  })

  it('rejects a wrong password with one login, however many ask within ten seconds', async () => {
    const { process, state, pass, logins } = operator()
    const one = process()
    state.rejects = true
    const asked = await Promise.allSettled([one.use(), one.use()])
    for (const { status } of asked) expect(status).toBe('rejected')
    await expect(one.use()).rejects.toMatchObject({ reason: 'unauthorized' })
    expect(logins()).toBe(1)
    state.rejects = false
    pass(10_000)
    expect(await one.use()).toBe('token 2')
  })
})
