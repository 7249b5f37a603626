import type { parseArgs } from 'node:util'
import type { Installation } from './installation.ts'

/** One option, as `util.parseArgs` reads it and as `--help` shows it. */
export type Option = {
  type: 'string' | 'boolean'
  multiple?: boolean
  /** What stands for the value in `--help`, e.g. `ten_…`; absent for a boolean. */
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
  /** What follows the name, as `--help` shows it; the last stands for one or more where it ends in `…`. */
  words?: readonly string[]
  options?: O
  /** Resolves to what is printed as JSON. Throws `UsageError`, `CheckFailed`, and what the verbs of the API throw. */
  run(installation: Installation, values: Values<O>, words: string[]): Promise<unknown>
}

/** The commands for one kind of thing, by name: `list`, `create`, … */
export type Noun = Record<string, Command>

/** Lets TypeScript infer the type of each value from its option. */
export function command<const O extends Options>(definition: Command<O>): Command {
  return definition as unknown as Command
}

/** The arguments make no sense. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Throws `UsageError` for a name that is given twice. */
export function refuseTwice(names: string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice) throw new UsageError(`${twice} is given twice`)
}

/** A check ran and found problems: the report is printed like any result, but the exit code is 1. */
export class CheckFailed extends Error {
  override name = 'CheckFailed'
  readonly report: unknown

  constructor(message: string, report: unknown) {
    super(message)
    this.report = report
  }
}

/** For every command that acts for a tenant. */
export const TENANT = {
  tenant: { type: 'string', value: 'ten_…', says: 'The tenant to act for; the first one by default.' },
} as const satisfies Options
