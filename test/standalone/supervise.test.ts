import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { StartError, type Supervised, supervise } from '../../src/standalone/supervise.ts'
import { waitFor } from '../setup/wait.ts'

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))
const started: Supervised[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.killNow()
})

function run(mode: string, options: { stopPatienceMs?: number; startPatienceMs?: number } = {}) {
  const lines: string[] = []
  const child = supervise(
    {
      name: 'child',
      command: (lastUrl) => ({
        args: [fixture('child.ts')],
        env: { MODE: mode, PORT: lastUrl ? new URL(lastUrl).port : '0' },
      }),
      showOutput: false,
      startPatienceMs: options.startPatienceMs ?? 10_000,
      stopPatienceMs: options.stopPatienceMs ?? 1000,
    },
    { log: (line) => lines.push(line) },
  )
  started.push(child)
  return { child, lines }
}

/** The child answers with its process id. */
const askPid = async (url: string | null) => Number(await (await fetch(url ?? '')).text())

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a dead child restarts within a second, on the same port', async () => {
  const { child, lines } = run('')
  const url = await child.ready
  const first = await askPid(url)
  process.kill(first, 'SIGKILL')
  const killedAt = performance.now()
  const second = await waitFor(async () => {
    const pid = await askPid(url)
    return pid === first ? 0 : pid
  })
  expect(performance.now() - killedAt).toBeLessThan(2000)
  expect(isAlive(second)).toBe(true)
  expect(lines).toEqual(['child ended (SIGKILL): restarting in 0.1 s'])
})

test('a child that keeps dying restarts with growing delays, and the log says so', async () => {
  const { child, lines } = run('')
  const url = await child.ready
  for (let i = 0; i < 3; i++) {
    const pid = await waitFor(() => askPid(url))
    process.kill(pid, 'SIGKILL')
    await waitFor(() => lines.length > i)
  }
  expect(lines.at(-1)).toBe('child ended (SIGKILL), 3 times in a row: restarting in 2 s')
})

test('a child that cannot start is not restarted', async () => {
  const { child } = run('broken')
  await expect(child.ready).rejects.toThrow(new StartError('child: could not start (exit code 1)', true))
})

test('a child that ignores SIGTERM is killed when its time is up', async () => {
  const { child } = run('deaf', { stopPatienceMs: 200 })
  const pid = await askPid(await child.ready)
  await child.stop()
  expect(isAlive(pid)).toBe(false)
})

test('a stopped child stays stopped', async () => {
  const { child, lines } = run('')
  const url = await child.ready
  await child.stop()
  await expect(fetch(url ?? '')).rejects.toThrow()
  expect(lines).toEqual([])
})

test('a child ends by itself when its parent is killed', async () => {
  const parent = fork(fixture('parent.ts'), { stdio: 'ignore' })
  const pids: number[] = []
  await new Promise<void>((resolve) =>
    parent.on('message', (message: { pid?: number; ready?: boolean }) => {
      if (message.pid) pids.push(message.pid)
      if (message.ready) resolve()
    }),
  )
  expect(pids.map(isAlive)).toEqual([true])
  parent.kill('SIGKILL')
  await waitFor(() => !pids.some(isAlive))
})
