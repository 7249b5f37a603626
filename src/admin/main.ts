#!/usr/bin/env node
// Must run before anything imports Drizzle, so the rest is imported dynamically.
import '../standalone/quick-imports.ts'

const { run } = await import('./run.ts')
process.exitCode = await run(process.argv.slice(2))
