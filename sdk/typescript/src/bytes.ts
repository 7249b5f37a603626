const ENCODER = new TextEncoder()

/** UTF-8. */
export const bytesOf = (text: string) => ENCODER.encode(text)

/** Reads Base64, of the URL's alphabet or the usual one, padded or not. Throws for anything else. */
export const fromBase64 = (text: string) =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0))
