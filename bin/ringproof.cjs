#!/usr/bin/env node
/**
 * The command `ringproof` of the npm package. A Node that is too old hands over to the one that npm installed
 * with the package. Runs on any Node, so it is CommonJS and imports no package.
 */
const { spawn } = require('node:child_process')
const { dirname, join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { engines, version } = require('../package.json')

const PROGRAMS = {
  start: 'src/standalone.js',
  demo: 'scripts/demo.js',
  migrate: 'src/admin/main.js',
  admin: 'src/admin/main.js',
  api: 'src/main.js',
  worker: 'worker/main.js',
  sandbox: 'src/sandbox/main.js',
  gateway: 'src/gateway/main.js',
}
const HELP = `ringproof <command>

  start             the whole service on this machine, with a PostgreSQL of its own; data is kept in ./.data
  demo [test key]   verifies a phone step by step, on the service that runs here or on one of its own
  migrate           migrates the database at DATABASE_URL to this version
  admin …           administration: ringproof admin --help lists its commands
  api, worker, sandbox, gateway
                    one process, for production

Settings come from the environment: node_modules/ringproof-server/dist/docs/configuration.md lists them.`

function main([command, ...args]) {
  if (command === '--version') return console.log(version)
  if (command === undefined || command === 'help' || command === '--help') return console.log(HELP)
  const program = Object.hasOwn(PROGRAMS, command) && PROGRAMS[command]
  if (!program) return fail(`"${command}" is not a command: ringproof --help lists them`, 2)
  const wanted = Number(engines.node.replace('>=', ''))
  if (Number.parseInt(process.versions.node, 10) < wanted) return handOver(wanted)
  const file = join(__dirname, '..', 'dist', program)
  process.argv = [process.execPath, file, ...(command === 'migrate' ? [command] : []), ...args]
  return import(pathToFileURL(file).href)
}

function fail(message, exitCode) {
  console.error(message)
  process.exitCode = exitCode
}

/** Runs this file on the packaged Node, which ends if this process does. */
function handOver(wanted) {
  const node = packagedNode()
  if (!node) {
    const remedy = '"npm install --include=optional" installs it on Linux (glibc) and macOS'
    return fail(`ringproof needs Node ${wanted} or newer, not ${process.versions.node}: ${remedy}.`, 1)
  }
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc']
  const child = spawn(node, [__filename, ...process.argv.slice(2)], { stdio })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => process.exit(code ?? 1))
}

function packagedNode() {
  for (const name of ['node', 'node-bin']) {
    try {
      const found = require.resolve(`${name}-${process.platform}-${process.arch}/package.json`)
      return join(dirname(found), 'bin', 'node')
    } catch {
      // Of another name, or not installed.
    }
  }
  return null
}

main(process.argv.slice(2))
