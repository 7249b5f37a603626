import { hash, randomBytes } from 'node:crypto'
import { withoutMarks } from '../values/pasted.ts'

export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const KEY_LENGTH = 40
/** Bytes from here on would bias the characters: 248 is the largest multiple of 62 in a byte. */
const FAIR_BELOW = 248

const FORM = /^rp_(live|test)_[A-Za-z0-9]{32,200}$/

/** A new API key: a prefix for its mode and 238 random bits. */
export function newKeySecret(livemode: boolean): string {
  let text = ''
  while (text.length < KEY_LENGTH) {
    for (const byte of randomBytes(KEY_LENGTH)) {
      if (byte < FAIR_BELOW && text.length < KEY_LENGTH) text += BASE62[byte % 62]
    }
  }
  return `${prefixOf(livemode)}${text}`
}

/** The prefix of a mode's keys. */
export function prefixOf(livemode: boolean): string {
  return livemode ? 'rp_live_' : 'rp_test_'
}

/** Whether a text has the form of an API key. */
export function looksLikeKey(text: string): boolean {
  return FORM.test(text)
}

/**
 * Finds the API key in pasted text: in quotes, broken across lines, after `Bearer`, `Authorization:` or the
 * rest of a command. Returns text without a key unchanged.
 */
export function pastedKey(text: string): string {
  const [key] = /rp_(?:live|test)_[A-Za-z0-9]+/.exec(withoutMarks(text).replace(/\s/g, '')) ?? []
  return key ?? text
}

/** SHA-256 of a key; keys are stored in no other form. */
export function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer')
}
