/** What admins have set of the models' thresholds, 0–1; null: nothing that could be used. */
export interface Thresholds {
  readonly signal: number | null;
  readonly suggestion: number | null;
}

/** Reads `ai_thresholds` of `system_config`, whatever stands there. */
export function readThresholds(value: unknown): Thresholds {
  const given = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return {
    signal: share(given.signal_confidence_min),
    suggestion: share(given.suggestion_confidence_min),
  };
}

function share(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : null;
}
