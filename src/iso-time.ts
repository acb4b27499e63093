/** Gives a time, ms since the epoch, as text in ISO 8601: `2025-01-31T12:30:00.000Z`. For parts that know no clock. */
export function isoTime(time: number): string {
  return new Date(time).toISOString();
}
