import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Env } from '../exchange/exchange.ts'
import { sendText } from '../exchange/send.ts'

const TYPES = {
  'style.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'shell.js': 'text/javascript; charset=utf-8',
  'print.js': 'text/javascript; charset=utf-8',
  'live.js': 'text/javascript; charset=utf-8',
  'order.js': 'text/javascript; charset=utf-8',
  'search.js': 'text/javascript; charset=utf-8',
}

type Name = keyof typeof TYPES

const read = (name: string) => readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8')

const files = new Map(
  (Object.keys(TYPES) as Name[]).map((name) => {
    const text = name === 'style.css' ? styleSheet() : read(name)
    return [name, { text, version: createHash('sha256').update(text).digest('hex').slice(0, 12) }] as const
  }),
)

/** The parts of the style sheet, in the order of their names. */
function styleSheet(): string {
  const names = readdirSync(new URL('assets/style', import.meta.url)).sort()
  return names.map((name) => read(`style/${name}`)).join('\n')
}

/** The URL of an asset. It changes with the content, so browsers may cache it forever. */
export function assetUrl(name: string): string {
  const file = files.get(name as Name)
  if (!file) throw new Error(`no asset is named ${name}`)
  return `/console/assets/${name}?${file.version}`
}

/** Serves the files to everyone; they contain no secrets. */
export function assetRoutes(hono: OpenAPIHono<Env>): void {
  for (const [name, { text }] of files) {
    hono.get(`/console/assets/${name}`, (c) => {
      c.get('exchange').route = '/console/assets/{name}'
      const headers = { 'content-type': TYPES[name], 'cache-control': 'public, max-age=31536000, immutable' }
      return sendText(c, 200, headers, text)
    })
  }
}
