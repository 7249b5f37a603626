import { readdirSync, readFileSync } from 'node:fs'

const read = (name: string) => readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8')

/** The parts of the style sheet, in the order of their names. */
function styleSheet(): string {
  const names = readdirSync(new URL('assets/style', import.meta.url)).sort()
  return names.map((name) => read(`style/${name}`)).join('\n')
}

export const SCRIPTS = ['docs.js', 'search.js', 'run.js'] as const

/** The style sheet and the scripts of the documentation. Every page can be read without the scripts. */
export const ASSETS = [
  { name: 'style.css', type: 'text/css; charset=utf-8', text: styleSheet() },
  ...SCRIPTS.map((name) => ({ name, type: 'text/javascript; charset=utf-8', text: read(name) })),
] as const
