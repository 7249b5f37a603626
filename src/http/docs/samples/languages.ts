import { curlSample } from './curl.ts'
import { goSample } from './go.ts'
import { phpSample } from './php.ts'
import { pythonSample } from './python.ts'
import type { SampleRequest } from './request.ts'
import { typescriptSample } from './typescript.ts'

/** The languages of the samples, in the order in which pages offer them. */
export const LANGUAGES: readonly { id: string; name: string; write: (request: SampleRequest) => string }[] = [
  { id: 'curl', name: 'curl', write: curlSample },
  { id: 'typescript', name: 'TypeScript', write: typescriptSample },
  { id: 'python', name: 'Python', write: pythonSample },
  { id: 'php', name: 'PHP', write: phpSample },
  { id: 'go', name: 'Go', write: goSample },
]
