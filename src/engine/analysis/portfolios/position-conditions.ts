import { DAY_MS, timeframeIndex } from '../../../timeframe.js';
import { columnOf } from '../columns.js';
import type { Regime } from '../contexts.js';
import type { Frame } from '../frame.js';
import { clamp, mean, unit } from '../statistics.js';
import type { Direction } from './direction.js';
import type { ActiveSignal, Position } from './inputs.js';
import type { MarketHistories } from './market-histories.js';
import type { RegimeChange } from './rows.js';

const DAYS = timeframeIndex('1d');
const VOLUME_SMA = columnOf('volume_sma_20');
/** Closes of the mean by which a trend is told, candles. */
const TREND_CANDLES = 50;
/** How far from its mean a close is as far as can be, as a fraction. */
const FULL_TREND = 0.1;
/** Breaks are news for so many candles. */
const RECENT_CANDLES = 5;

type Simple = 'bull' | 'bear' | 'sideways';

/** Ranges before a move are sideways; a transition is neither. */
const SIMPLE: Readonly<Record<Regime, Simple | null>> = {
  Bull: 'bull',
  Bear: 'bear',
  Sideways: 'sideways',
  Accumulation: 'sideways',
  Distribution: 'sideways',
  Transition: null,
};

/** Names the change of the regime since the entry; null: one of the two is not known or a transition. */
export function regimeChange(entry: Regime | null | undefined, now: Regime | null): RegimeChange | null {
  const from = entry === null || entry === undefined ? null : SIMPLE[entry];
  const to = now === null ? null : SIMPLE[now];
  if (from === null || to === null) return null;
  return from === to ? 'no_change' : (`${from}_to_${to}` as RegimeChange);
}

/**
 * How much worse things are for a position than at its entry, 0–1: the mean of what is known of the regime (1 from bull to
 * bear for a long) and of the trend, the close's distance to the mean of 50 daily closes then and now. NaN: neither is.
 */
export function deterioration(
  { input, direction, asset }: Position,
  now: Regime | null,
  frame: Frame,
  histories: MarketHistories,
): number {
  const parts: number[] = [];
  const from =
    input.regimeAtEntry === null || input.regimeAtEntry === undefined ? null : SIMPLE[input.regimeAtEntry];
  const to = now === null ? null : SIMPLE[now];
  const height = { bull: 1, sideways: 0, bear: -1 } as const;
  if (from !== null && to !== null) parts.push(((height[from] - height[to]) * direction) / 2);
  const openedAt = input.openedAt ?? Number.NaN;
  const newest = newestDay(frame, asset, histories.lastDay);
  const then = newestDay(frame, asset, openedAt - DAY_MS);
  if (then > newest) {
    const change = trendAt(frame, asset, then) - trendAt(frame, asset, newest);
    if (Number.isFinite(change)) parts.push((change * direction) / 2);
  }
  return parts.length === 0 ? Number.NaN : unit(mean(parts));
}

/** Candles back to the newest day that began at `start` or before; NaN: none is kept. */
function newestDay({ series }: Frame, asset: number, start: number): number {
  const count = series.count(asset, DAYS);
  for (let back = 0; back < count; back++) if (series.time(asset, DAYS, back) <= start) return back;
  return Number.NaN;
}

/** Distance of a close to the mean of 50, −1 to 1. */
function trendAt({ series }: Frame, asset: number, back: number): number {
  let sum = 0;
  for (let k = 0; k < TREND_CANDLES; k++) sum += series.close(asset, DAYS, back + k);
  const distance = series.close(asset, DAYS, back) / (sum / TREND_CANDLES) - 1;
  return clamp(distance / FULL_TREND, -1, 1);
}

/** What a position's market does just now; keys without data are under `missing`. */
export interface CurrentSignals {
  readonly momentum_shift: 'bullish' | 'bearish' | 'none' | null;
  readonly volume_declining: boolean | null;
  readonly support_broken: boolean | null;
  readonly resistance_broken: boolean | null;
  readonly sentiment_change: null;
  readonly sector_rotation: 'inflow' | 'outflow' | 'none' | null;
  readonly correlation_breakdown: boolean | null;
  readonly active_signals: readonly ActiveSignal[];
  readonly missing: Readonly<Record<string, string>>;
}

/** Says what a position's market does just now. */
export function currentSignals(
  { asset }: Position,
  { votes, sector }: Direction,
  frame: Frame,
  histories: MarketHistories,
  active: readonly ActiveSignal[],
): CurrentSignals {
  const { series, timeframe } = frame;
  const missing: Record<string, string> = {
    sentiment_change: 'sentiment is of the whole market: see its metrics',
  };
  const momentum = votes.find(({ factor }) => factor === 'momentum')?.value ?? Number.NaN;
  if (!Number.isFinite(momentum)) missing.momentum_shift = 'too few candles for the MACD';
  const volume = series.volume(asset, timeframe, 0) / series.value(asset, timeframe, VOLUME_SMA);
  if (!Number.isFinite(volume)) missing.volume_declining = 'the mean volume of 20 candles is not known or 0';
  const structure = frame.structures.of(asset, timeframe);
  if (structure === null) missing.support_broken = 'no structure is kept for this timeframe';
  const last = structure?.lastBreak ?? null;
  const isRecent = last !== null && last.back < RECENT_CANDLES;
  const flow =
    sector === null || sector.inflow === null || sector.outflow === null
      ? null
      : sector.inflow - sector.outflow;
  if (flow === null) missing.sector_rotation = 'no flows of its sector are known';
  const correlationBreakdown = histories.hasBrokenAway(asset);
  if (correlationBreakdown === null)
    missing.correlation_breakdown = 'fewer than 90 daily returns beside those of BTC';
  return {
    momentum_shift: !Number.isFinite(momentum)
      ? null
      : momentum > 0.2
        ? 'bullish'
        : momentum < -0.2
          ? 'bearish'
          : 'none',
    volume_declining: Number.isFinite(volume) ? volume < 0.7 : null,
    support_broken: structure === null ? null : isRecent && last.direction === 'down',
    resistance_broken: structure === null ? null : isRecent && last.direction === 'up',
    sentiment_change: null,
    sector_rotation: flow === null ? null : flow > 0.1 ? 'inflow' : flow < -0.1 ? 'outflow' : 'none',
    correlation_breakdown: correlationBreakdown,
    active_signals: active,
    missing,
  };
}
