import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The component as one ES module, minified. */
export async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path('src/element.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

/** `npm run sdk:web` writes the file that the service and the package serve. */
export const BUNDLE = path('dist/ringproof-verify.js')

if (import.meta.main) writeFileSync(BUNDLE, await bundle())
