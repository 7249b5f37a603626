import { parseArgs } from 'node:util'
import { runSoak } from './soak.ts'

/**
 * `npm run soak -- [--minutes 10] [--rate 10]`: starts at that rate for that long, while operators fail,
 * Redis restarts and a worker is killed each minute. Exits with 1 if anything grew or any guarantee was
 * broken.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, rate: { type: 'string', default: '10' } },
})
const minutes = Number(values.minutes)
const perSecond = Number(values.rate)
if (!(minutes > 0) || !(perSecond > 0)) {
  console.error('usage: npm run soak -- [--minutes 10] [--rate 10]')
  process.exit(2)
}

const { problems, growth, ...report } = await runSoak({ minutes, perSecond, log: console.log })
console.log(JSON.stringify(report, null, 2))
console.table(growth)
for (const problem of problems) console.log(problem)
console.log(
  problems.length > 0 ? 'soak: FAILED' : 'soak: nothing grew, no phone was called twice, the money adds up',
)
process.exit(problems.length > 0 ? 1 : 0)
