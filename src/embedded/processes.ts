import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/** `certain` is false if some processes could not be inspected: there may be others. */
export type Found = { pids: number[]; certain: boolean }

/** PostgreSQL's processes on a data folder (an absolute path), servers before their sessions. */
export function processesOn(folder: string): Found {
  try {
    return process.platform === 'linux' ? listProc(folder) : askPs(folder)
  } catch {
    return { pids: [], certain: false }
  }
}

const IS_POSTGRES = /(^|\/)postgres(:|$)/

function listProc(folder: string): Found {
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid
  const first: number[] = []
  const others: number[] = []
  let certain = true
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      if (!IS_POSTGRES.test(words[0] ?? '')) continue
      if (words.includes('-D') && words[words.indexOf('-D') + 1] === folder) first.push(Number(pid))
      // Only its working directory ties a session to the folder; a container may not let us look.
      else if (statSync(`/proc/${pid}`).uid !== owner) continue
      else if (readlinkSync(`/proc/${pid}/cwd`) === folder) others.push(Number(pid))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EACCES' || code === 'EPERM') certain = false
    }
  }
  return { pids: [...first, ...others], certain }
}

/** Cannot tell sessions that outlived their server from those of other folders. */
function askPs(folder: string): Found {
  const lines = execFileSync('/bin/ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n')
  const pids = lines.flatMap((line) => {
    const [, pid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    const isOurs = /^(\S.*\/)?postgres /.test(command) && `${command} `.includes(` -D ${folder} `)
    return isOurs ? [Number(pid)] : []
  })
  return { pids, certain: true }
}
