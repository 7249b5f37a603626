import { AppError } from '../errors.ts'
import { bareError } from '../process/bare-error.ts'
import { inWords } from '../words/text.ts'
import { auditNoun } from './audit.ts'
import { theInstallation } from './installation.ts'
import { keyNoun } from './key.ts'
import { ledgerNoun } from './ledger.ts'
import { type Noun, UsageError, type Verb } from './noun.ts'
import { policyNoun } from './policy.ts'
import { secretsNoun } from './secrets.ts'
import { tenantNoun } from './tenant.ts'

/** `npm run admin -- <noun> <verb>`, in the image `admin <noun> <verb>`: administration from a shell, by the verbs of the API. */
const NOUNS: Record<string, Noun> = {
  tenant: tenantNoun,
  key: keyNoun,
  policy: policyNoun,
  secrets: secretsNoun,
  ledger: ledgerNoun,
  audit: auditNoun,
}

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

const HELP = new Set(['help', '--help', '-h'])

/** Runs one command; resolves to the exit code. */
async function run(words: string[]): Promise<number> {
  if (words.some((word, i) => HELP.has(word) && (word !== 'help' || i < 2))) {
    console.log(usage(words.filter((word) => !HELP.has(word))))
    return 0
  }
  const [nounName = '', verbName = '', ...args] = words
  if (!verbName && (!nounName || Object.hasOwn(NOUNS, nounName))) {
    console.error(usage(words))
    return 2
  }
  const verb = findVerb(nounName, verbName)
  const installation = theInstallation()
  try {
    const result = await verb.run(installation, args)
    console.log(JSON.stringify(result, null, 2))
    return 0
  } finally {
    await installation.close()
  }
}

/** Throws `UsageError`. */
function findVerb(nounName: string, verbName: string): Verb {
  const noun = findNoun(nounName)
  const verb = Object.hasOwn(noun, verbName) ? noun[verbName] : undefined
  if (verb) return verb
  const verbs = Object.keys(noun).map((name) => `"${nounName} ${name}"`)
  throw new UsageError(`"${nounName} ${verbName}" is not a command: there is ${verbs.join(', ')}; see --help`)
}

/** Throws `UsageError`. */
function findNoun(name: string): Noun {
  const noun = Object.hasOwn(NOUNS, name) ? NOUNS[name] : undefined
  if (noun) return noun
  throw new UsageError(
    `"${name}" is not a command: they begin with ${Object.keys(NOUNS).join(', ')}; see --help`,
  )
}

/** All commands, those of a noun, or one. Throws `UsageError` for what is none. */
function usage([nounName, verbName]: string[]): string {
  const nouns = nounName ? { [nounName]: findNoun(nounName) } : NOUNS
  const verbs = Object.entries(nouns).flatMap(([noun, verbs]) => {
    const shown = verbName ? { [verbName]: findVerb(noun, verbName) } : verbs
    return Object.entries(shown).map(([verb, { usage, says }]) => {
      return `  ${`${noun} ${verb} ${usage}`.trim()}\n      ${says}`
    })
  })
  return [
    'npm run admin -- <noun> <verb> …, in the image: admin <noun> <verb> …',
    '',
    ...verbs,
    '',
    'Works on DATABASE_URL with SECRET_KEY, or on the DATA_DIR of a running npm start.',
    'Ends with 0 where all is well, 1 where it failed or what it checks is not, 2 where the arguments are wrong.',
  ].join('\n')
}

function explain(error: unknown): string {
  if (error instanceof AppError) {
    const lines = error.options.errors?.map(({ path, text }) => `${asTyped(path)}: ${inWords('en', text)}`)
    return lines?.join('\n') ?? error.message
  }
  const told = bareError(error)
  return told instanceof Error ? told.message : String(told)
}

/** `allowed_networks.0` is what was typed as `--network`. */
function asTyped(path: string): string {
  const [field = ''] = path.split('.')
  return Object.hasOwn(OPTIONS, field) ? `${OPTIONS[field]}` : path
}

function isUsage(error: unknown): boolean {
  return error instanceof UsageError || (error instanceof AppError && error.code === 'invalid_request')
}

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    console.error(explain(error))
    process.exitCode = isUsage(error) ? 2 : 1
  },
)
