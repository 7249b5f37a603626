import { createServer } from 'node:net'
import { ConfigError } from '../process/config.ts'

/** Says at once, before anything is started, that PORT or HOST cannot be listened on. Throws `ConfigError`. */
export function checkPort(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(new ConfigError(explain(error.code, host, port))),
    )
    server.listen(port, host, () => server.close(() => resolve()))
  })
}

function explain(code: string | undefined, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `PORT: ${port} is in use already on ${host}; set another one`
  if (code === 'EACCES') return `PORT: ${port} may not be used by this user; set one above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST: ${host} is no address of this machine`
  return `PORT: ${host}:${port} cannot be listened on (${code})`
}
