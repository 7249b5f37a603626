import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'

const MAIN = 'src/sandbox/main.ts'
const env = { ...process.env, PORT: '0', HOST: '127.0.0.1' }

function owned<T extends ChildProcess>(child: T): T {
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

describe('the sandbox process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('prints its address, and stops on %s', async (signal) => {
    const child = owned(spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] }))
    const [line] = await once(child.stdout, 'data')
    const { listening } = JSON.parse(String(line))
    expect(await (await fetch(`${listening}/healthz`)).json()).toEqual({ status: 'ok' })
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('reports to its parent when it is ready, and ends with it', async () => {
    const child = owned(fork(MAIN, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }))
    const [message] = await once(child, 'message')
    expect(message).toEqual({ ready: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
    child.disconnect()
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('reports a wrong setting in one line', async () => {
    const child = owned(
      spawn(process.execPath, [MAIN], { env: { ...env, PORT: 'x' }, stdio: ['ignore', 'ignore', 'pipe'] }),
    )
    const [line] = await once(child.stderr, 'data')
    expect(String(line)).toMatch(/^PORT: must be a port/)
    expect(await once(child, 'exit')).toEqual([1, null])
  })
})
