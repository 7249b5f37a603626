const DOOR = /^\/(?:api\/v1\/authcalls|call|call-password|vpbx|company)\//

/** Whether a path is that of an operator's API, served for its clients. */
export const isDoor = (path: string): boolean => DOOR.test(path)
