/**
 * A BCP 47 language tag in canonical form, without extensions: `en-GB` for `EN-gb-u-ca-gregory`. Null for
 * anything else.
 */
export function canonicalLanguage(tag: string): string | null {
  try {
    const { language, baseName } = new Intl.Locale(tag)
    // No language has a subtag of more letters, though the grammar allows for them.
    return /^[a-z]{2,3}$/.test(language) ? baseName : null
  } catch {
    return null
  }
}

/** The tag, then what it is more generally: `zh-Hant-TW`, `zh-Hant`, `zh`. */
export function languageAndParents(tag: string): string[] {
  const parts = tag.split('-')
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('-'))
}
