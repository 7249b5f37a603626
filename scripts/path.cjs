/**
 * npm scripts begin with PATH="$(node scripts/path.cjs)". It puts the Node that `npm ci` installed first,
 * whatever the machine has and whichever platform package npm linked as `.bin/node`. Prints one line if
 * anything is missing; `--dev` includes dev dependencies. Runs on any Node, so it is CommonJS and imports no
 * package.
 */
const { spawnSync } = require('node:child_process')
const { existsSync } = require('node:fs')
const { delimiter, join } = require('node:path')
const { dependencies, devDependencies, engines } = require('../package.json')

const { platform, arch, env, execPath, versions } = process
const isDev = process.argv.includes('--dev')
const place = (...names) => join(__dirname, '..', 'node_modules', ...names)
const lacks = (packages) => Object.keys(packages).some((name) => !existsSync(place(name)))
const bins = ['node', 'node-bin'].map((name) => place(`${name}-${platform}-${arch}`, 'bin'))
const bin = bins.find((folder) => existsSync(join(folder, 'node')))

const INSTALL =
  'install --no-save --include=dev --include=optional --ignore-scripts --no-audit --no-fund'.split(' ')

/** npm skips optional packages that its own Node is too old for, even if ours is not. */
function lacksNative() {
  const fits = (list, value) => !list || [].concat(list).includes(value)
  return Object.entries(require('../package-lock.json').packages).some(
    ([path, { os, cpu, libc }]) =>
      os &&
      fits(os, platform) &&
      fits(cpu, arch) &&
      fits(libc, 'glibc') &&
      !existsSync(join(__dirname, '..', path)),
  )
}

function whatIsMissing() {
  if (lacks(dependencies)) return 'packages that are not installed: run "npm ci"'
  if (isDev && lacks(devDependencies)) return 'the dev dependencies: run "npm ci --include=dev"'
  const wanted = engines.node.replace('>=', '')
  if (!bin && parseInt(versions.node, 10) < wanted) {
    return `Node ${wanted} or newer, not ${versions.node}: "npm ci --include=optional" installs it on Linux (glibc) and macOS`
  }
  if (!isDev || !lacksNative()) return
  console.error('npm skipped packages that an older Node cannot use; installing them.')
  const node = bin ? join(bin, 'node') : execPath
  spawnSync(node, [env.npm_execpath, ...INSTALL], { stdio: ['ignore', 2, 2] })
  if (lacksNative()) return 'packages that npm could not install: see above'
}

const missing = whatIsMissing()
if (missing) console.error(`npm run ${env.npm_lifecycle_event} needs ${missing}.`)
else console.log(bin ? bin + delimiter + env.PATH : env.PATH)
process.exitCode = missing ? 1 : 0
