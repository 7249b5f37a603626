#!/usr/bin/env node
// Must run before anything imports Drizzle, so the rest is imported dynamically.
import '../standalone/quick-imports.ts'
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { ownEnvironment } from '../standalone/environment.ts'

// What `npm start` has compiled is not compiled again: a command takes two thirds of the time.
const cache = join(ownEnvironment().DATA_DIR || '.data', 'compile-cache')
if (existsSync(cache)) enableCompileCache(cache)

const { run } = await import('./run.ts')
process.exitCode = await run(process.argv.slice(2))
