import type { AnalysisHostStats } from '../analysis-host.js';
import type { LoadState } from '../history-loader.js';
import { Rate } from './rate.js';
import { DEGRADED, faultIf, type Probe, reading } from './reading.js';
import type { TickMeter } from './tick-meter.js';

/** An event that takes longer than this keeps others waiting, ms. */
const SLOW_MS = 20;
/** Closes that wait longer than this are told late, ms. */
const BEHIND_MS = 60_000;

/** Looks at the way of a tick: how many come, and how long one takes from its receipt to its publication. */
export function engineProbe(meter: TickMeter, loadState: Readonly<LoadState>): Probe {
  const rate = new Rate();
  return {
    name: 'engine',
    weight: 1,
    read(now) {
      meter.turn(now);
      const [p50, p99] = meter.durations.percentiles([0.5, 0.99]);
      const { total, live, failed } = loadState;
      const waiting = total - live - failed.size;
      const [example] = failed;
      return reading(
        {
          events_per_second: rate.read(meter.events, now),
          latency_p50_ms: p50,
          latency_p99_ms: p99,
          symbols: total,
          symbols_live: live,
          symbols_failed: failed.size,
        },
        [
          faultIf(p99 !== null && p99 > SLOW_MS, DEGRADED, `an event takes ${p99} ms (p99)`),
          faultIf(
            failed.size > 0,
            failed.size === total ? 0 : DEGRADED,
            `${failed.size} of ${total} symbols have no history: ${example?.[0]}: ${example?.[1]}`,
          ),
          faultIf(waiting > 0, DEGRADED, `history of ${waiting} of ${total} symbols is being loaded`),
        ],
      );
    },
  };
}

/** What the analyses tell of themselves. */
export interface AnalysesView {
  readonly host: { readonly stats: AnalysisHostStats; readonly isBusy: boolean };
  readonly analysis: {
    readonly stats: { readonly looks: number; readonly lateCandles: number };
    readonly signals: { live(): { readonly length: number } };
  };
}

/** Looks at how the analyses keep up with the closes. */
export function analysesProbe({ host, analysis }: AnalysesView): Probe {
  let idleAt: number | null = null;
  return {
    name: 'analyses',
    weight: 0.5,
    read(now) {
      if (!host.isBusy || idleAt === null) idleAt = now;
      const behind = now - idleAt;
      const { ready, failed, longestTurnMs } = host.stats;
      return reading(
        {
          behind_ms: behind,
          assets_ready: ready,
          assets_failed: failed,
          looks: analysis.stats.looks,
          late_candles: analysis.stats.lateCandles,
          live_signals: analysis.signals.live().length,
          longest_turn_ms: Math.round(longestTurnMs * 10) / 10,
        },
        [
          faultIf(behind > BEHIND_MS, DEGRADED, `closes have waited for ${Math.round(behind / 1_000)} s`),
          faultIf(failed > 0, DEGRADED, `the history of ${failed} assets could not be read`),
        ],
      );
    },
  };
}
