import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Installation } from './installation.ts'

/** What can be done to one kind of thing, by name: `list`, `create`, … */
export type Noun = Record<string, Verb>

export type Verb = {
  /** The arguments, as `--help` shows them. */
  usage: string
  says: string
  /** Resolves to what is printed as JSON. Throws `UsageError`, and what the verb of the API throws. */
  run(installation: Installation, args: string[]): Promise<unknown>
}

/** The arguments make no sense; the message is one line for whoever typed them. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/**
 * Reads arguments. Throws `UsageError` for one that is not known, for one that is given twice and may not be, and for another number
 * of bare words than `words`.
 */
export function readArgs<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: Options,
  words: number | 'any' = 0,
) {
  const parsed = parse(args, options)
  if (words !== 'any' && parsed.positionals.length !== words) {
    throw new UsageError(`${words} argument(s) expected, not ${parsed.positionals.length}; see --help`)
  }
  return parsed
}

function parse<Options extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: Options) {
  try {
    const { tokens, ...parsed } = parseArgs({
      args,
      options,
      allowPositionals: true,
      strict: true,
      tokens: true,
    })
    const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []))
    const twice = names.find((name, i) => names.indexOf(name) < i && !options[name]?.multiple)
    if (twice) throw new UsageError(`--${twice} is given twice`)
    return parsed
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0])
  }
}

/** For every verb that acts for a tenant. */
export const TENANT = { tenant: { type: 'string' } } as const
