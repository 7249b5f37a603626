import { configDefaults, defineConfig } from 'vitest/config'

/**
 * Minutes of killing and restarting, each with a stack of its own: they need a machine to themselves, and run with
 * `npm run test:outages`.
 */
export const OUTAGES = ['test/e2e/recovery.test.ts', 'test/faults/**/*.test.ts']

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...OUTAGES],
    globalSetup: ['test/setup/global.ts'],
    reporters: ['default', './test/setup/count-reporter.ts'],
    // Processes, not threads: tests send signals, and start children that must end with them.
    pool: 'forks',
    // Each end-to-end file keeps four or more processes of its own busy.
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
  },
})
