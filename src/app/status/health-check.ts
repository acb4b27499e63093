import type { PartState, PartStatus, StatusMap } from '../../api/system-status.js';
import type { NewHealthCheck } from '../../store/system-records.js';

/** Parts whose figures are a column of their own, or of `data_pipeline_status`. */
const PIPELINE = ['engine', 'analyses', 'writer', 'outbox', 'broker', 'changes', 'tasks', 'checkpoint'];
const WORDS = { ok: 'healthy', degraded: 'warning', down: 'error' } as const satisfies Record<
  PartState,
  string
>;

/** Gives a status as a row of `system_health`; models are counted by whoever asks. */
export function healthCheck({ time, score, state, reason, parts }: StatusMap): NewHealthCheck {
  const named = new Map(parts.map((part) => [part.name, part]));
  const inPipeline = ({ name }: PartStatus): boolean =>
    PIPELINE.includes(name) || name.startsWith('feed:') || name.startsWith('source:');
  const database = named.get('database');
  return {
    checkTime: time,
    apiStatus: Object.fromEntries(
      parts
        .filter(({ name }) => name.startsWith('layer') || name === 'gateway')
        .map((part) => [part.name, WORDS[part.state]]),
    ),
    databaseStatus: database === undefined ? null : told(database),
    mlModelsStatus: null,
    dataPipelineStatus: Object.fromEntries(parts.filter(inPipeline).map((part) => [part.name, told(part)])),
    overallHealthScore: Math.round(score * 1_000) / 10,
    performanceMetrics: {
      state,
      reason,
      ...Object.fromEntries(
        ['gateway', 'event_loop', 'memory', 'disk', 'mail'].flatMap((name) => {
          const part = named.get(name);
          return part === undefined ? [] : [[name, told(part)]];
        }),
      ),
    },
    errorLogs: parts
      .filter((part) => part.state !== 'ok')
      .map(({ name, state: of, reason: why, since }) => ({ part: name, state: of, reason: why, since })),
  };
}

function told({ state, score, reason, figures }: PartStatus) {
  return { state, score, reason, ...figures };
}
