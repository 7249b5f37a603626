import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
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
