import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/process/config.ts'
import { programFile } from '../../src/process/program.ts'
import { bareEnvironment, ownEnvironment } from '../../src/standalone/environment.ts'
import { derivedTestKey } from '../../src/tenants/bootstrap.ts'

export type Service = { url: string; key: string; how: string; stop(): Promise<void> }

/** The service already running here, or one started for the demo, whose data is removed when it stops. */
export async function findService(givenKey: string | undefined): Promise<Service> {
  const config = readConfig(ownEnvironment())
  const url = `http://127.0.0.1:${config.PORT}`
  if (!(await isHealthy(url))) return startOwn()
  const key = givenKey ?? keyOf(config.SECRET_KEY ?? keptSecretKey(config.DATA_DIR))
  if (!key) {
    throw new Error(`A service runs at ${url}: pass its test key, as in "npm run demo -- rp_test_…"`)
  }
  return { url, key, how: 'already running', stop: async () => {} }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(1000) })).ok
  } catch {
    return false
  }
}

const keyOf = (secretKey: Buffer | null) => secretKey && derivedTestKey(secretKey)

function keptSecretKey(dataDir: string): Buffer | null {
  const file = join(dataDir, 'secret_key')
  return existsSync(file) ? Buffer.from(readFileSync(file, 'utf8').trim(), 'base64') : null
}

async function startOwn(): Promise<Service> {
  const startedAt = performance.now()
  const dataDir = mkdtempSync(join(tmpdir(), 'ringproof-demo-'))
  const child = spawn(process.execPath, [programFile('src/standalone')], {
    env: bareEnvironment({ DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'error' }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(dataDir, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop().then(() => process.exit(130)))
  }
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.on('message', (message: { url?: string }) => message.url && resolve(message.url))
      ended.then(() => reject(new Error('The service could not start')))
    })
    const key = keyOf(keptSecretKey(dataDir)) ?? ''
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    return { url, key, how: `started for this demo in ${seconds} s`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
