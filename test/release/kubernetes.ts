import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../docs/blocks.ts'

export type Manifest = { apiVersion: string; kind: string; metadata: { name: string } }

/**
 * What is wrong with manifests by the types of Kubernetes 1.30, a line each: unknown fields, missing ones, values of
 * another type. The compiler finds them, since literals may not have fields that their type lacks.
 */
export function findMistakes(manifests: readonly Manifest[]): string[] {
  const folder = join(ROOT, 'node_modules/.cache/ringproof-chart')
  mkdirSync(folder, { recursive: true })
  const lines = manifests.map((manifest, i) => {
    const [group = '', version = 'v1'] = manifest.apiVersion.includes('/')
      ? manifest.apiVersion.split('/')
      : ['core']
    const module = `kubernetes-types/${group.split('.')[0]}/${version}`
    return `export const m${i}: import('${module}').${manifest.kind} = ${JSON.stringify(manifest)}`
  })
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: 'esnext',
    moduleResolution: 'bundler',
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['manifests.ts'] }))
  writeFileSync(join(folder, 'manifests.ts'), `${lines.join('\n')}\n`)
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  const { stdout, status } = spawnSync(tsc, ['--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
  const found = stdout.split('\n').filter((line) => line.startsWith('manifests.ts'))
  return status !== 0 && found.length === 0 ? [stdout] : found
}
