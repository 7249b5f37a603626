import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { freePort } from '../setup/ports.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

async function runDemo(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['scripts/demo.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}

function processesThatMention(text: string): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
    } catch {
      return false
    }
  })
}

test('the demo starts a service if none runs, goes from start to audit, and leaves nothing behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringproof-test-'))
  // As root, PostgreSQL runs as another user, which must be able to pass the folder.
  chmodSync(folder, 0o711)
  const { code, output } = await runDemo({ PORT: String(await freePort()), TMPDIR: folder })
  expect(code, output).toBe(0)
  expect(output).toMatch(
    /approved\n.*the proof is valid[\s\S]*chain intact[\s\S]*verification\.created[\s\S]*check\.right/,
  )
  expect(readdirSync(folder)).toEqual([])
  expect(processesThatMention(folder)).toEqual([])
  rmSync(folder, { recursive: true })
}, 120_000)

test('the demo fails if the service misbehaves', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/healthz' ? 200 : 500, { 'content-type': 'application/json' })
    response.end('{"code":"internal","detail":"Something went wrong here"}')
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { code, output } = await runDemo({ PORT: String(port), KEY: `rp_test_${'a'.repeat(40)}` })
  expect(code).toBe(1)
  expect(output).toContain('was answered 500 (internal: Something went wrong here), not 200')
  await new Promise((resolve) => server.close(resolve))
})
