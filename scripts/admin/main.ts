import { ConfigError } from '../../src/config.ts'
import { AppError } from '../../src/errors.ts'
import { auditNoun } from './audit.ts'
import { theInstallation } from './installation.ts'
import { keyNoun } from './key.ts'
import { ledgerNoun } from './ledger.ts'
import { type Noun, UsageError } from './noun.ts'
import { policyNoun } from './policy.ts'
import { secretsNoun } from './secrets.ts'
import { tenantNoun } from './tenant.ts'

/** `npm run admin -- <noun> <verb>`: administration from a shell on the installation, by the verbs of the API. */
const NOUNS: Record<string, Noun> = {
  tenant: tenantNoun,
  key: keyNoun,
  policy: policyNoun,
  secrets: secretsNoun,
  ledger: ledgerNoun,
  audit: auditNoun,
}

/** Runs one command; resolves to the exit code. */
async function run([nounName = '', verbName = '', ...args]: string[]): Promise<number> {
  const noun = Object.hasOwn(NOUNS, nounName) ? NOUNS[nounName] : undefined
  const verb = noun && Object.hasOwn(noun, verbName) ? noun[verbName] : undefined
  if (!verb || args.includes('--help')) {
    console.error(usage(noun && { [nounName]: noun }))
    return args.includes('--help') ? 0 : 2
  }
  const installation = theInstallation()
  try {
    const result = await verb.run(installation, args)
    console.log(JSON.stringify(result, null, 2))
    return 0
  } finally {
    await installation.close()
  }
}

function usage(nouns: Record<string, Noun> = NOUNS): string {
  const lines = Object.entries(nouns).flatMap(([name, verbs]) =>
    Object.entries(verbs).map(
      ([verb, { usage, says }]) => `  ${`${name} ${verb} ${usage}`.trim()}\n      ${says}`,
    ),
  )
  return [
    'npm run admin -- <noun> <verb> …',
    '',
    ...lines,
    '',
    'Works on DATABASE_URL with SECRET_KEY, or on the DATA_DIR of a running npm start.',
  ].join('\n')
}

function explain(error: unknown): string {
  if (error instanceof AppError) {
    const { errors, detail } = error.options
    return errors?.map(({ path, message }) => `${path}: ${message}`).join('\n') ?? detail ?? error.message
  }
  if (error instanceof ConfigError || error instanceof UsageError) return error.message
  const { code, message } = error as { code?: string; message?: string }
  return code === 'ECONNREFUSED' ? 'The database does not answer: is npm start running?' : String(message)
}

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    console.error(explain(error))
    process.exitCode = error instanceof UsageError ? 2 : 1
  },
)
