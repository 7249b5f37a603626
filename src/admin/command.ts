import type { parseArgs } from 'node:util'
import type { Installation } from './installation.ts'

/** One option, as `util.parseArgs` reads it and as `--help` shows it. */
export type Option = {
  type: 'string' | 'boolean'
  multiple?: boolean
  /** The placeholder for the value in `--help`, e.g. `ten_…`; absent for a boolean. */
  value?: string
  required?: boolean
  says: string
}
export type Options = Record<string, Option>
type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; strict: true; allowPositionals: true }>
>['values']

export type Command<O extends Options = Options> = {
  says: string
  /** The positional arguments, as `--help` shows them. If the last ends in `…`, it may repeat. */
  words?: readonly string[]
  options?: O
  /**
   * Resolves to the result to print as JSON. Throws `UsageError`, `CheckFailed`, and whatever the API's verbs
   * throw.
   */
  run(installation: Installation, values: Values<O>, words: string[]): Promise<unknown>
}

/** The commands of one noun, by verb: `list`, `create`, … */
export type Noun = Record<string, Command>

/** Lets TypeScript infer the type of each value from its option. */
export function command<const O extends Options>(definition: Command<O>): Command {
  return definition as unknown as Command
}

/** The arguments are wrong. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Throws `UsageError` if a name occurs twice. */
export function refuseTwice(names: string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice) throw new UsageError(`${twice} is given twice`)
}

/** A check ran and found problems: its report is printed like any result, with exit code 1. */
export class CheckFailed extends Error {
  override name = 'CheckFailed'
  readonly report: unknown

  constructor(message: string, report: unknown) {
    super(message)
    this.report = report
  }
}

/** The option of every command that acts for a tenant. */
export const TENANT = {
  tenant: { type: 'string', value: 'ten_…', says: 'The tenant to act for; the first one by default.' },
} as const satisfies Options

/** The option of commands for data that is live or test. */
export const MODE = {
  test: { type: 'boolean', says: 'Acts on test data; on live data by default.' },
} as const satisfies Options
