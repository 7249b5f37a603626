import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeError } from '../../src/process/log.ts'
import { ProviderFault } from '../../src/providers/provider.ts'

/** What a process prints that logs one error, then one request. */
async function printed(env: Record<string, string>): Promise<string> {
  const log = new URL('../../src/process/log.ts', import.meta.url).href
  const script = `
    import { createLogger } from ${JSON.stringify(log)}
    const log = createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: process.env.LOG_FORMAT }, 'api')
    log.error({ message: 'broken\\u001b[2J', stack: 'at a\\nat \\u009b2J' }, 'request failed')
    log.info({ method: 'GET', status: 200 }, 'request')
    log.debug('hidden')`
  const args = ['--input-type=module', '-e', script]
  return (await promisify(execFile)(process.execPath, args, { env })).stdout
}

it('logs are JSON with the level as a word where nobody watches a terminal', async () => {
  const lines = (await printed({})).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'error', process: 'api', msg: 'request failed' },
    { level: 'info', process: 'api', msg: 'request', method: 'GET', status: 200 },
  ])
})

it('logs for people have one readable line per event, stacks below, and nothing that controls a terminal', async () => {
  const lines = (await printed({ LOG_FORMAT: 'pretty' })).trim().split('\n')
  expect(lines).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} ERROR api: request failed message="broken\\u001b\[2J"$/),
    'at a',
    'at \\u009b2J',
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}api: request method=GET status=200$/),
  ])
})

describe.each(['json', 'pretty'])('a process that logs in %s', (format) => {
  it.each([
    ['stops on SIGTERM although nobody reads its output', 'read -r _ <&4'],
    ['lives on, and stops on SIGTERM, after the reader of its output has ended', 'exec 0<&-; read -r _ <&4'],
  ])('%s', async (_, reader) => {
    const load = (name: string) =>
      JSON.stringify(new URL(`../../src/process/${name}.ts`, import.meta.url).href)
    const script = `
      import { writeSync } from 'node:fs'
      import { createLogger } from ${load('log')}
      import { stopOnSignal } from ${load('lifecycle')}
      const log = createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: '${format}' }, 'worker')
      stopOnSignal(log, async () => {}, 1000)
      let lines = 0
      setInterval(() => {
        log.info({ padding: 'x'.repeat(10_000) }, 'line')
        if (++lines === 200) writeSync(2, 'still serving')
      }, 1)`
    // Bash makes a pipe that blocks; Node itself would make a socket, and read it.
    const command = `exec "$0" --input-type=module -e "$1" > >(${reader}) 4<&-`
    const child = spawn('bash', ['-c', command, process.execPath, script], {
      stdio: ['ignore', 'ignore', 'pipe', 'ignore', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stderr as NodeJS.ReadableStream, 'data')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

it('an operator’s fault is logged in one line, with its reason and no stack; our own errors keep their stack', () => {
  expect(describeError(new ProviderFault('timeout', 'no whole answer in time'))).toEqual({
    error: 'ProviderFault',
    reason: 'timeout',
    message: 'no whole answer in time',
  })
  expect(describeError(new TypeError('ours'))).toMatchObject({
    error: 'TypeError',
    stack: expect.any(String),
  })
})
