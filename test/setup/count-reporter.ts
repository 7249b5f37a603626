import type { Reporter, TestModule } from 'vitest/node'

/** Prints the skipped tests, and as the last line `N passed, N failed`. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const passed = tests.filter((test) => test.result().state === 'passed').length
    const failed = tests.filter((test) => test.result().state === 'failed').length
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const brokenSuites = suites.filter((suite) => suite.errors().length > 0).length
    const skipped = tests.filter((test) => test.result().state === 'skipped').map((test) => test.fullName)
    // Other reporters still print after this; the count must be the last line.
    process.once('exit', () => {
      for (const name of skipped) console.log(`skipped: ${name}`)
      console.log(`${passed} passed, ${failed + brokenSuites + unhandled.length} failed`)
    })
  }
}
