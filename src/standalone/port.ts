import { createServer } from 'node:net'
import { ConfigError } from '../process/config.ts'

/** Throws `ConfigError`, before anything starts, if PORT or HOST cannot be listened on. */
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
  if (code === 'EADDRINUSE') return `PORT: ${port} is already in use on ${host}; set another one`
  if (code === 'EACCES') return `PORT: ${port} is not allowed for this user; set one above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST: ${host} is not an address of this machine`
  return `PORT: cannot listen on ${host}:${port} (${code})`
}
