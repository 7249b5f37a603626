const NAME = /^[A-Za-z0-9_+/-]{1,64}$/

/** The time zone of an IANA name, in any case and by any of its names; null for anything else. */
export function zoneOf(name: string | undefined): string | null {
  if (!name || !NAME.test(name)) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

/** In which time zone a page shows times. `chosen`: by the user; null: the browser’s, or UTC until it is known. */
export type Zone = { name: string; chosen: string | null; browser: string | null }

/** From the cookies of the user’s choice and of what the browser told. */
export function chooseZone(choice: string | undefined, told: string | undefined): Zone {
  const [chosen, browser] = [zoneOf(choice), zoneOf(told)]
  return { name: chosen ?? browser ?? 'UTC', chosen, browser }
}

/** The place of a zone: `Buenos Aires` for `America/Argentina/Buenos_Aires`. */
export const placeOf = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')
