import { spawn } from 'node:child_process'

/**
 * Runs an unrelated program, and kills it when the parent of this process dies. The
 * arguments are the program and its own arguments.
 */
const [program = '', ...args] = process.argv.slice(2)
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
const end = () => child.kill('SIGKILL')
child.on('spawn', () => process.send?.({ pid: child.pid }))
child.on('error', () => process.exit(1))
child.on('exit', () => process.exit(0))
process.on('disconnect', end)
process.on('SIGTERM', end)
