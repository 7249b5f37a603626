import dgram from 'node:dgram'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Preloaded into a gateway that is to be killed at a certain point, by TEST_KILL_AT. */
const point = process.env.TEST_KILL_AT
const kill = () => process.kill(process.pid, 'SIGKILL')

const { fdatasync, writeSync } = fs
if (point === 'sync') fs.fdatasync = Object.assign(kill, { __promisify__: fdatasync.__promisify__ })
if (point === 'end') {
  fs.writeSync = ((file: number, text: string) => {
    if (text.includes('"row":"end"')) kill()
    return writeSync(file, text)
  }) as typeof writeSync
}
if (point === 'send') {
  const { send } = dgram.Socket.prototype
  dgram.Socket.prototype.send = function (this: dgram.Socket, message: Buffer, ...rest: never[]) {
    if (message.toString('latin1').startsWith('INVITE ')) kill()
    return (send as (...all: unknown[]) => void).call(this, message, ...rest)
  } as typeof send
}
syncBuiltinESMExports()
