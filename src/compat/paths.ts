import { getPath } from 'hono/utils/url'

const DOOR = /^\/(?:api\/v1\/authcalls|call|call-password|vpbx|company)\//

/** Whether a path is that of an operator's API, served for its clients. */
export const isDoor = (path: string): boolean => DOOR.test(path)

/** The path of a request. Clients double slashes where they join an address and a path; doors read them as one. */
export function pathOf(request: Request): string {
  const path = getPath(request)
  const single = path.replace(/\/{2,}/g, '/')
  return isDoor(single) ? single : path
}
