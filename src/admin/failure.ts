import { AppError } from '../errors.ts'
import { ConfigError } from '../process/config.ts'
import { withoutQuery } from '../process/without-query.ts'
import { inWords } from '../words/text.ts'
import { CheckFailed, UsageError } from './command.ts'

/** Fields of the API that have another name here. */
const OPTIONS: Record<string, string> = {
  name: '--name',
  scopes: '--scopes',
  tenant: '--tenant',
  allowed_networks: '--network',
  expires_at: '--expires',
  overlap_seconds: '--overlap',
  default_region: '--region',
  currency: '--currency',
  credit_limit: '--credit-limit',
}

/** What `--json` prints of an error; `message` alone is what it says without. */
export type Failure = {
  /** The code of the API's error, or `usage`, `settings`, `check_failed`, `failed`. */
  code: string
  message: string
  errors?: readonly { path: string; message: string }[]
}

/** Never quotes a statement or its values. */
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

/** What the person typed is wrong, whether we or a verb found it. */
export function isUsage(error: unknown): boolean {
  return error instanceof UsageError || (error instanceof AppError && error.code === 'invalid_request')
}

/** `allowed_networks.0` is what was typed as `--network`. */
function asTyped(path: string): string {
  const [field = ''] = path.split('.')
  return Object.hasOwn(OPTIONS, field) ? `${OPTIONS[field]}` : path
}

function codeOf(error: unknown): string {
  if (error instanceof UsageError) return 'usage'
  if (error instanceof ConfigError) return 'settings'
  return error instanceof CheckFailed ? 'check_failed' : 'failed'
}
