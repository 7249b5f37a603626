import type postgres from 'postgres'
import type { Answer, RequestOptions } from '../setup/processes.ts'

/** A running API, in-process or not, with what the requests below need. */
export type Scene = {
  request(method: string, path: string, options: RequestOptions): Promise<Answer>
  adminKey: string
  testKey: string
  sandboxUrl: string
  sql: postgres.Sql
  /** The code of a verification, once its phone rang. */
  codeOf(verification: { id: string; phone: string }): Promise<string>
}

/** A request with an effect, and the status of its answer. */
export type Post = { path: string; body?: unknown; key: string; status: number }

/** The ways in which an operation can end. */
export type Cases = Record<string, (scene: Scene) => Post | Promise<Post>>

/** Sends a request that must succeed. */
export async function ask(scene: Scene, method: string, path: string, options: RequestOptions) {
  const answer = await scene.request(method, path, options)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
  return answer.body
}
