import { hash, randomBytes } from 'node:crypto'
import { withoutMarks } from '../values/pasted.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const LENGTH = 40
/** Bytes from here up would make some characters likelier than others. */
const FAIR_BELOW = 248

const FORM = /^rp_(live|test)_[A-Za-z0-9]{32,200}$/

/** A new API key: 238 bits of randomness behind a prefix that says its mode. */
export function newKeySecret(livemode: boolean): string {
  let text = ''
  while (text.length < LENGTH) {
    for (const byte of randomBytes(LENGTH)) {
      if (byte < FAIR_BELOW && text.length < LENGTH) text += BASE62[byte % 62]
    }
  }
  return `${prefixOf(livemode)}${text}`
}

/** What keys of a mode begin with. */
export function prefixOf(livemode: boolean): string {
  return livemode ? 'rp_live_' : 'rp_test_'
}

/** Whether a text can be an API key at all. */
export function looksLikeKey(text: string): boolean {
  return FORM.test(text)
}

/**
 * The API key in what a person pasted: between quotes, broken over lines, with `Bearer`, `Authorization:` or the rest of a command
 * in front. Text without one stays as it is.
 */
export function pastedKey(text: string): string {
  const [key] = /rp_(?:live|test)_[A-Za-z0-9]+/.exec(withoutMarks(text).replace(/\s/g, '')) ?? []
  return key ?? text
}

/** The only form in which a key is stored. */
export function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer')
}
