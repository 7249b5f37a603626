import { execFileSync } from 'node:child_process'
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Makes `dist`, which is all that the npm package runs: JavaScript, because Node strips no types from files of
 * packages, and beside it whatever is read at run time, in the same layout as here.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const ASSETS = ['src/**/*.{css,js,json,svg}', 'migrations/**/*', 'docs/**/*.{md,svg}', 'sdk/web/dist/*.js']

rmSync(dist, { recursive: true, force: true })
execFileSync('tsc', ['--project', 'tsconfig.dist.json'], { cwd: root, stdio: 'inherit' })
for (const path of globSync(ASSETS, { cwd: root })) {
  cpSync(join(root, path), join(dist, path), { recursive: true })
}
const { name, version, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
writeFileSync(join(dist, 'package.json'), `${JSON.stringify({ name, version, type })}\n`)
