import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/global.ts'],
    reporters: ['default', './test/setup/count-reporter.ts'],
    // Processes, not threads: tests send signals, and start children that must end with them.
    pool: 'forks',
    // Each end-to-end file keeps four or more processes of its own busy.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
  },
})
