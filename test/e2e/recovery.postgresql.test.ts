import { recovery } from './recovery.ts'
import { describeWithQueue } from './support.ts'

describeWithQueue('whatever is taken away', 'PostgreSQL', recovery)
