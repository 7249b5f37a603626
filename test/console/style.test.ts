import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const FOLDER = new URL('../../src/console/assets/style/', import.meta.url)
const SCALED = /^\s*(?:font(?:-size)?|margin[a-z-]*|padding[a-z-]*|(?:row-|column-)?gap):[^;]*\d(?:px|rem)/
const SCALE = '0-scale.css'

it.each(readdirSync(FOLDER).filter((name) => name !== SCALE))(
  'sizes of text and distances in %s come from the scale',
  (name) => {
    const declarations = readFileSync(new URL(name, FOLDER), 'utf8').split(/(?<=[;{}])/)
    expect(declarations.filter((text) => SCALED.test(text))).toEqual([])
  },
)

it('every step of the scale that is used exists, and every one that exists is used', () => {
  const [scale, ...parts] = [SCALE, ...readdirSync(FOLDER).filter((name) => name !== SCALE)].map((name) =>
    readFileSync(new URL(name, FOLDER), 'utf8'),
  )
  const names = (text = '', pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, name]) => name))
  const used = names(parts.join(), /var\((--(?:text|space)-\w+)\)/g)
  expect([...names(scale, /(--[\w-]+):/g)].toSorted()).toEqual([...used].toSorted())
})
