import { parseArgs } from 'node:util'
import { CheckFailed, type Command, type Options, refuseTwice, UsageError } from './command.ts'
import { COMMANDS } from './commands.ts'
import { describeFailure, isUsage } from './failure.ts'
import { help, unknown } from './help.ts'
import { theInstallation } from './installation.ts'
import { asTable } from './table.ts'

const HELP = new Set(['help', '--help', '-h'])

/**
 * Runs one command and prints its result. Resolves to the exit code: 0 done, 1 refused or failed, 2 wrong
 * usage.
 */
export async function run(args: string[]): Promise<number> {
  const json = args.includes('--json')
  const print = (result: unknown) => console.log(shown(result, json))
  try {
    if (args.some((arg, i) => HELP.has(arg) && (arg !== 'help' || i < 2))) console.log(help(nameIn(args)))
    else print(await execute(args))
    return 0
  } catch (error) {
    if (error instanceof CheckFailed) print(error.report)
    const failure = describeFailure(error)
    console.error(json ? JSON.stringify({ error: failure }) : failure.message)
    return isUsage(error) ? 2 : 1
  }
}

/**
 * Formats a result: a sentence as it is, everything else as a table on a terminal and as JSON elsewhere; with
 * `--json`, JSON on one line.
 */
function shown(result: unknown, json: boolean): string {
  if (typeof result === 'string' && !json) return result
  if (process.stdout.isTTY && !json) return asTable(result)
  return JSON.stringify(result, null, json ? undefined : 2)
}

/** The command or noun named by the words before the first option. */
function nameIn(args: string[]): string {
  const words = args.filter((arg) => !HELP.has(arg) && arg !== '--json')
  const end = words.findIndex((word) => word.startsWith('-'))
  const [noun = '', verb = ''] = end < 0 ? words : words.slice(0, end)
  return COMMANDS.has(noun) || !verb ? noun : `${noun} ${verb}`
}

async function execute(args: string[]): Promise<unknown> {
  const name = nameIn(args)
  const command = COMMANDS.get(name)
  if (!command) throw name.includes(' ') ? unknown(name) : new UsageError(help(name))
  const { values, positionals } = parse(command, args)
  const words = positionals.slice(name.split(' ').length)
  checkWords(words, command)
  const installation = theInstallation()
  try {
    return await command.run(installation, values, words)
  } finally {
    await installation.close()
  }
}

function parse({ options = {} }: Command, args: string[]) {
  const { tokens, ...parsed } = parseStrictly({ ...options, json: { type: 'boolean', says: '' } }, args)
  const single = tokens.filter((token) => token.kind === 'option' && !options[token.name]?.multiple)
  refuseTwice(single.map((token) => ('rawName' in token ? token.rawName : '')))
  return parsed
}

function parseStrictly(options: Options, args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true, tokens: true })
  } catch (error) {
    const [sentence] = (error as Error).message.split(/[.\n]/)
    throw new UsageError(`${sentence}; see --help`)
  }
}

function checkWords(given: string[], { words = [] }: Command): void {
  const several = words.at(-1)?.endsWith('…')
  if (given.length === words.length || (several && given.length > words.length)) return
  const wanted = words.join(' ') || 'no argument'
  throw new UsageError(`expected ${wanted}, got ${given.length || 'none'}; see --help`)
}
