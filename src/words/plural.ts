const RULES = new Intl.PluralRules('ru')

/** The form of a Russian noun for a count: 1 звонок, 2 звонка, 5 звонков. */
export function plural(count: number, one: string, few: string, many: string): string {
  const rule = RULES.select(count)
  return rule === 'one' ? one : rule === 'few' ? few : many
}
