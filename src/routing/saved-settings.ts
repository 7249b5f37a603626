/**
 * An account's settings as saved, without `sms_fallback`: its migration removed it, but a process of the version
 * before may save it again until the last of them ends.
 */
export function savedSettings(saved: unknown): object {
  const { sms_fallback: _, ...settings } = saved as Record<string, unknown>
  return settings
}
