import { createHash } from 'node:crypto'
import type { AnyRow, Prepared, Rows } from './batch.ts'

export type Run = (statement: Prepared, values: unknown[]) => Promise<Rows<AnyRow[]>>

export class List {
  readonly items: readonly unknown[]
  constructor(items: readonly unknown[]) {
    this.items = items
  }
}

/** SQL with its values, sent once, when first awaited. */
export class Statement<T> implements Promise<Rows<T>> {
  readonly [Symbol.toStringTag] = 'Statement'
  readonly strings: readonly string[]
  readonly values: readonly unknown[]
  readonly #run: Run
  #sent: Promise<Rows<T>> | null = null

  constructor(run: Run, strings: readonly string[], values: readonly unknown[]) {
    this.#run = run
    this.strings = strings
    this.values = values
  }

  #send(): Promise<Rows<T>> {
    const values: unknown[] = []
    this.#sent ??= this.#run(render(this, values), values) as unknown as Promise<Rows<T>>
    return this.#sent
  }

  // biome-ignore lint/suspicious/noThenProperty: statements exist to be awaited
  then<A = Rows<T>, B = never>(
    onDone?: ((rows: Rows<T>) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#send().then(onDone, onError)
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<Rows<T> | B> {
    return this.#send().catch(onError)
  }

  finally(onSettled?: (() => void) | null): Promise<Rows<T>> {
    return this.#send().finally(onSettled)
  }
}

const texts = new WeakMap<readonly string[], Prepared>()

/** If all values are parameters, a template's text is built only once. */
function render(statement: Statement<unknown>, parameters: unknown[]): Prepared {
  const { strings, values } = statement
  if (values.some((value) => value instanceof Statement || value instanceof List)) {
    return prepare(compose(statement, parameters))
  }
  const known = texts.get(strings)
  if (known) {
    for (const value of values) place(value, parameters)
    return known
  }
  const made = prepare(compose(statement, parameters))
  texts.set(strings, made)
  return made
}

function compose({ strings, values }: Statement<unknown>, parameters: unknown[]): string {
  let text = strings[0] ?? ''
  for (const [i, value] of values.entries()) {
    if (value instanceof Statement) text += compose(value, parameters)
    else if (value instanceof List)
      text += `(${value.items.map((item) => place(item, parameters)).join(', ')})`
    else text += place(value, parameters)
    text += strings[i + 1]
  }
  return text
}

function place(value: unknown, parameters: unknown[]): string {
  return `$${parameters.push(value)}`
}

const names = new Map<string, string>()

/** A statement's text with the name it is prepared under. */
export function prepare(text: string): Prepared {
  const known = names.get(text)
  if (known) return { text, name: known }
  const name = createHash('sha256').update(text).digest('hex').slice(0, 24)
  if (names.size < 1000) names.set(text, name)
  return { text, name }
}
