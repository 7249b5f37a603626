import { type Command, type Option, UsageError } from './command.ts'
import { COMMANDS } from './commands.ts'

const EVERYWHERE: Record<string, Option> = {
  json: {
    type: 'boolean',
    says: 'Prints the result as one line of JSON, and an error as JSON on standard error.',
  },
  help: { type: 'boolean', says: 'Prints this text.' },
}

const FOOT = `Prints tables on a terminal, JSON elsewhere. The fields are those of the API: /docs explains them.
Exit codes: 0 done; 1 refused or failed, or a check found problems; 2 wrong usage.
Works on DATABASE_URL with SECRET_KEY, or on the DATA_DIR of a running npm start.
npm run admin -- <command>, in the image: admin <command>, of the npm package: ringproof admin <command>`

/** The help for all commands, for a noun or for one command. Throws `UsageError` for an unknown name. */
export function help(name: string): string {
  const command = COMMANDS.get(name)
  return command ? helpForOne(name, command) : helpForMany(name)
}

function helpForMany(noun: string): string {
  const found = [...COMMANDS].filter(([name]) => !noun || name === noun || name.startsWith(`${noun} `))
  if (found.length === 0) throw unknown(noun)
  const lines = found.map(([name, command]) => `  ${usage(name, command)}\n      ${command.says}`)
  const each = `admin ${noun || '<noun>'} <verb> --help explains one.`
  return ['Commands:', '', ...lines, '', each, FOOT].join('\n')
}

function helpForOne(name: string, command: Command): string {
  const options = Object.entries({ ...command.options, ...EVERYWHERE })
  const terms = options.map(([option, { value, multiple }]) =>
    [`--${option}`, value, multiple && '(repeatable)'].filter(Boolean).join(' '),
  )
  const width = Math.max(...terms.map((term) => term.length))
  const lines = options.map(([, { says }], i) => `  ${terms[i]?.padEnd(width)}  ${says}`.trimEnd())
  return [`admin ${usage(name, command)}`, '', command.says, '', ...lines, '', FOOT].join('\n')
}

function usage(name: string, { words = [], options = {} }: Command): string {
  const shown = Object.entries(options).map(([option, { value, required, multiple }]) => {
    const term = [`--${option}`, value].filter(Boolean).join(' ')
    return required ? term : `[${term}]${multiple ? '…' : ''}`
  })
  return [name, ...words, ...shown].join(' ')
}

/** An error that suggests the commands that `name` may have meant. */
export function unknown(name: string): UsageError {
  const nouns = new Set([...COMMANDS.keys()].map((command) => command.split(' ')[0]))
  const [noun = ''] = name.split(' ')
  const verbs = [...COMMANDS.keys()].filter((command) => command.startsWith(`${noun} `))
  return new UsageError(
    verbs.length > 0
      ? `"${name}" is not a command: there is ${verbs.map((verb) => `"${verb}"`).join(', ')}; see --help`
      : `"${noun}" is not a command: they begin with ${[...nouns].join(', ')}; see --help`,
  )
}
