import { timeframeIndex } from '../../../timeframe.js';
import { columnOf } from '../columns.js';
import type { Contexts, Regime, RegimeState, SectorState } from '../contexts.js';
import type { Frame } from '../frame.js';
import { clamp } from '../statistics.js';

const DAYS = timeframeIndex('1d');
const EMA_50 = columnOf('ema_50');
const EMA_200 = columnOf('ema_200');
const RSI = columnOf('rsi_14');
const MACD_HISTOGRAM = columnOf('macd_hist');
const ATR = columnOf('atr_14');

/** What speaks for a rising price (to 1) or a falling one (to −1). */
export interface Vote {
  readonly factor: 'trend' | 'long_trend' | 'structure' | 'momentum' | 'rsi' | 'regime' | 'sector';
  /** −1 to 1. */
  readonly value: number;
  readonly weight: number;
}

/** What is expected of an asset's price. */
export interface Direction {
  /** Weighted mean of the votes, −1 to 1; NaN: nothing votes. */
  readonly score: number;
  /** |Σ weight × vote| ÷ Σ weight × |vote|, 0–1: 1 if all point one way; NaN: nothing votes. */
  readonly agreement: number;
  /** Weight of the factors that are known, of all, 0–1. */
  readonly known: number;
  readonly votes: readonly Vote[];
  readonly missing: readonly string[];
  readonly regime: RegimeState | null;
  readonly sector: SectorState | null;
}

const WEIGHTS = {
  trend: 0.2,
  long_trend: 0.15,
  structure: 0.2,
  momentum: 0.1,
  rsi: 0.05,
  regime: 0.2,
  sector: 0.1,
} as const satisfies Readonly<Record<Vote['factor'], number>>;

const REGIME_VOTES: Readonly<Record<Regime, number>> = {
  Bull: 1,
  Accumulation: 0.5,
  Sideways: 0,
  Transition: 0,
  Distribution: -0.5,
  Bear: -1,
};

/** A structure of fewer candles is not read. */
const STRUCTURE_CANDLES = 50;

/** Below this a score says nothing. */
export const CLEAR_SCORE = 0.2;

/**
 * Weighs what is known of an asset at the frame: distance of the close to the exponential averages in units of ATR (Wilder
 * 1978), structure (Dow), MACD histogram (Appel 1979) in ATRs, RSI (Wilder 1978), the daily regime and the sector, both as
 * of before the frame.
 */
export function directionOf(
  frame: Frame,
  contexts: Contexts,
  asset: number,
  sectorId: number | null,
): Direction {
  const { series, timeframe, time } = frame;
  const at = (column: number): number => series.value(asset, timeframe, column);
  const close = series.close(asset, timeframe, 0);
  const atr = at(ATR);
  const structure = frame.structures.of(asset, timeframe);
  const regime = contexts.regimeBefore(DAYS, time);
  const sector = sectorId === null ? null : contexts.sectorBefore(sectorId, time);
  const isKnown = atr > 0;
  const votes: Readonly<Record<Vote['factor'], number>> = {
    trend: isKnown ? clip((close - at(EMA_50)) / (3 * atr)) : Number.NaN,
    long_trend: isKnown ? clip((close - at(EMA_200)) / (6 * atr)) : Number.NaN,
    structure:
      structure === null || structure.depth < STRUCTURE_CANDLES
        ? Number.NaN
        : structure.trendStrength * { up: 1, down: -1, range: 0 }[structure.trend],
    momentum: isKnown ? clip(at(MACD_HISTOGRAM) / (0.5 * atr)) : Number.NaN,
    rsi: clip((at(RSI) - 50) / 25),
    regime: regime === null ? Number.NaN : REGIME_VOTES[regime.regime] * regime.confidence,
    sector:
      sector === null || sector.relativeStrength === null
        ? Number.NaN
        : clip((sector.relativeStrength - 0.5) * 2),
  };
  return weigh(votes, regime, sector);
}

/** Directions of a frame's assets, each found once for all portfolios that hold it. */
export class Directions {
  readonly frame: Frame;
  readonly contexts: Contexts;
  readonly #known = new Map<number, Direction>();

  constructor(frame: Frame, contexts: Contexts) {
    this.frame = frame;
    this.contexts = contexts;
  }

  of({ asset, sectorId }: { readonly asset: number; readonly sectorId: number | null }): Direction {
    const known = this.#known.get(asset);
    if (known !== undefined) return known;
    const found = directionOf(this.frame, this.contexts, asset, sectorId);
    this.#known.set(asset, found);
    return found;
  }
}

function weigh(
  values: Readonly<Record<Vote['factor'], number>>,
  regime: RegimeState | null,
  sector: SectorState | null,
): Direction {
  const votes: Vote[] = [];
  const missing: string[] = [];
  let [sum, size, weights] = [0, 0, 0];
  for (const factor of Object.keys(WEIGHTS) as Vote['factor'][]) {
    const value = values[factor];
    const weight = WEIGHTS[factor];
    if (!Number.isFinite(value)) missing.push(factor);
    else {
      votes.push({ factor, value, weight });
      sum += weight * value;
      size += weight * Math.abs(value);
      weights += weight;
    }
  }
  return {
    score: weights > 0 ? clip(sum / weights) : Number.NaN,
    agreement: weights === 0 ? Number.NaN : size === 0 ? 1 : Math.min(1, Math.abs(sum) / size),
    known: Math.min(1, weights),
    votes,
    missing,
    regime,
    sector,
  };
}

/** Names what a score expects of a price; null: it is not known. */
export function outlookOf(score: number): 'Bullish' | 'Bearish' | 'Neutral' | null {
  if (!Number.isFinite(score)) return null;
  return score > CLEAR_SCORE ? 'Bullish' : score < -CLEAR_SCORE ? 'Bearish' : 'Neutral';
}

function clip(value: number): number {
  return clamp(value, -1, 1);
}
