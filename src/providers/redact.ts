const LONGEST = 200
const HIDDEN = '•••'

/**
 * Operator text made fit for logs and the audit: the given secrets (keys, tokens, a known code), anything that looks
 * like a key, and every run of four or more digits (codes, phones) are hidden; control characters are gone; at most
 * 200 characters are left. Give it the operator's own message, never a whole answer.
 */
export function redact(text: unknown, secrets: readonly string[]): string {
  if (typeof text !== 'string') return ''
  let clean = text.replace(/[\r\n\t]+/g, ' ').replace(/\p{C}/gu, '')
  const needles = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
  for (const needle of needles.sort((a, b) => b.length - a.length)) {
    clean = clean.replace(new RegExp(needle.replace(/[^\w]/g, '\\$&'), 'gi'), HIDDEN)
  }
  clean = clean.replace(/[0-9a-f-]{32,}/gi, HIDDEN).replace(/\d{4,}/g, HIDDEN)
  return Array.from(clean.replace(/\s+/g, ' ').trim()).slice(0, LONGEST).join('')
}
