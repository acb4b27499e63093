import { TIMEFRAMES, type Timeframe } from '../../../timeframe.js';

/** Timeframes at whose close signals are given. */
export const SIGNAL_TIMEFRAMES = ['15m', '1h', '4h', '1d'] as const satisfies readonly Timeframe[];
export type SignalTimeframe = (typeof SIGNAL_TIMEFRAMES)[number];

/** What belongs to a timeframe of signals. */
export interface SignalPace {
  /** Candles until a signal expires. */
  readonly horizon: number;
  /** Candles from one signal until the next of the same asset, timeframe and direction. */
  readonly cooldown: number;
  /** Where the entry is best looked for, and the signal watched. */
  readonly entry: Timeframe;
  readonly monitoring: Timeframe;
  /** Whose regime it reads. */
  readonly regime: Timeframe;
}

export const SIGNAL_PACE: Readonly<Record<SignalTimeframe, SignalPace>> = {
  '15m': { horizon: 48, cooldown: 12, entry: '1m', monitoring: '5m', regime: '4h' },
  '1h': { horizon: 48, cooldown: 12, entry: '5m', monitoring: '15m', regime: '1d' },
  '4h': { horizon: 42, cooldown: 6, entry: '15m', monitoring: '1h', regime: '1d' },
  '1d': { horizon: 20, cooldown: 5, entry: '1h', monitoring: '4h', regime: '1d' },
};

/** Paces by the timeframe's index; null: no signals. */
export const PACE_AT: readonly (SignalPace | null)[] = TIMEFRAMES.map((timeframe) =>
  isSignalTimeframe(timeframe) ? SIGNAL_PACE[timeframe] : null,
);

export function isSignalTimeframe(timeframe: Timeframe): timeframe is SignalTimeframe {
  return (SIGNAL_TIMEFRAMES as readonly Timeframe[]).includes(timeframe);
}

/** What an operator may set. */
export interface SignalOptions {
  /** Least confidence, 0–1: `ai_thresholds.signal_confidence_min`. */
  readonly minConfidence: number;
  /** Least way to the target over way to the stop. */
  readonly minRiskReward: number;
  /** Share of the price that an exchange takes at entry and at exit, each; 0.001 = 0.1 %. */
  readonly feePerSide: number;
  /** Percent of the capital that one signal may lose, before the regime's factor. */
  readonly riskPerTradePct: number;
  /** Least way to the stop, percent of the price: below, fees eat what there is to win. */
  readonly minStopPct: number;
}

export const SIGNAL_DEFAULTS: SignalOptions = {
  minConfidence: 0.8,
  minRiskReward: 1.5,
  feePerSide: 0.001,
  riskPerTradePct: 1,
  minStopPct: 1.5,
};
