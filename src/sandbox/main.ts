import { ConfigError, readConfig } from '../process/config.ts'
import { startSandbox } from './server.ts'

/**
 * The sandbox process. When ready, it prints one line `{"listening":"http://…"}` and sends `{ ready: true,
 * url }` over the IPC channel, if a parent holds one. It ends when that parent ends.
 */
try {
  const { HOST, PORT } = readConfig()
  const sandbox = await startSandbox({ host: HOST, port: PORT })
  const url = sandbox.url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await sandbox.close()
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('disconnect', stop)

  process.stdout.write(`${JSON.stringify({ listening: url })}\n`)
  process.send?.({ ready: true, url })
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `sandbox: ${(error as Error).message}`}\n`,
  )
  process.exit(1)
}
