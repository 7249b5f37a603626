import { vi } from 'vitest'
import { run } from '../../src/admin/run.ts'

export type Ran = { code: number; stdout: string; stderr: string }

/** Runs a command of `npm run admin --` in this process, with these variables. */
export async function runHere(
  args: string[],
  env: Record<string, string>,
  { onTerminal = false } = {},
): Promise<Ran> {
  const texts = { log: '', error: '' }
  const spies = (['log', 'error'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((text: string) => {
      texts[name] += `${text}\n`
    }),
  )
  const { isTTY } = process.stdout
  process.stdout.isTTY = onTerminal
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  try {
    const code = await run(args)
    return { code, stdout: texts.log, stderr: texts.error }
  } finally {
    vi.unstubAllEnvs()
    process.stdout.isTTY = isTTY
    for (const spy of spies) spy.mockRestore()
  }
}
