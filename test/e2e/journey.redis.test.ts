import { journey } from './journey.ts'
import { describeWithQueue } from './support.ts'

describeWithQueue('over HTTP', 'Redis', journey)
