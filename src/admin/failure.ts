import { AppError } from '../errors.ts'
import { ConfigError } from '../process/config.ts'
import { withoutQuery } from '../process/without-query.ts'
import { inWords } from '../words/text.ts'
import { CheckFailed, UsageError } from './command.ts'
import { COMMANDS } from './commands.ts'
import { optionOf } from './fields.ts'

/** The options that are named otherwise than the field of the API that they set. */
const OPTIONS: Record<string, string> = {
  allowed_networks: '--network',
  expires_at: '--expires',
  overlap_seconds: '--overlap',
  default_region: '--region',
}

const OPTION_NAMES = new Set([...COMMANDS.values()].flatMap(({ options = {} }) => Object.keys(options)))

/** An error as `--json` prints it. Without `--json`, only `message` is printed. */
type Failure = {
  /** The code of the API's error, or `usage`, `settings`, `check_failed`, `failed`. */
  code: string
  message: string
  errors?: readonly { path: string; message: string }[]
}

/** Describes an error without quoting an SQL statement or its values. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof AppError) {
    const errors = error.options.errors?.map(({ path, text }) => ({ path, message: inWords('en', text) }))
    const message = errors?.map((one) => `${asTyped(one.path)}: ${one.message}`).join('\n') ?? error.message
    return { code: error.code, message, ...(errors && { errors }) }
  }
  const told = withoutQuery(error)
  const message = told instanceof Error ? told.message : String(told)
  return { code: codeOf(error), message }
}

/** Whether the user's input is wrong, no matter whether the command line or a verb found it. */
export function isUsage(error: unknown): boolean {
  return error instanceof UsageError || (error instanceof AppError && error.code === 'invalid_request')
}

/** The option that a field came from: `allowed_networks.0` was typed as `--network`. */
function asTyped(path: string): string {
  const [field = ''] = path.split('.')
  if (Object.hasOwn(OPTIONS, field)) return `${OPTIONS[field]}`
  return OPTION_NAMES.has(optionOf(field)) ? `--${optionOf(field)}` : path
}

function codeOf(error: unknown): string {
  if (error instanceof UsageError) return 'usage'
  if (error instanceof ConfigError) return 'settings'
  return error instanceof CheckFailed ? 'check_failed' : 'failed'
}
