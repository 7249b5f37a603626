/**
 * Runs before everything else in an npm script, on any version of Node, and says in one line what is missing.
 * With `--dev` the script needs the dev dependencies too. CommonJS without a dependency, so that it always loads.
 */
const { existsSync } = require('node:fs')
const { join } = require('node:path')
const { dependencies, devDependencies, engines } = require('../package.json')

const needsDev = process.argv.includes('--dev')
const npmScript = process.env.npm_lifecycle_event || 'start'
const command = ['start', 'test'].includes(npmScript) ? `npm ${npmScript}` : `npm run ${npmScript}`
const lacks = (packages) =>
  Object.keys(packages).some((name) => !existsSync(join(__dirname, '..', 'node_modules', name)))

function whatIsMissing() {
  if (lacks(dependencies)) return 'packages that are not installed; run "npm ci"'
  if (needsDev && lacks(devDependencies)) {
    return 'the dev dependencies, which NODE_ENV=production leaves out; run "npm ci --include=dev"'
  }
  const major = Number(process.versions.node.split('.')[0])
  if (major < Number(engines.node.replace('>=', ''))) {
    return `Node ${engines.node.replace('>=', '')} or newer, not ${process.versions.node}; "npm ci --include=optional" installs it on Linux (glibc) and macOS`
  }
}

const missing = whatIsMissing()
if (missing) {
  console.error(`${command} needs ${missing}.`)
  process.exitCode = 1
}
