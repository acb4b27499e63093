import { MINUTE_MS, TIMEFRAMES, timeframeIndex } from '../../../timeframe.js';
import type { Frame } from '../frame.js';
import { endedBy } from './candle-lookup.js';

/** Two closes of one moment may differ by so much where an exchange's own candle differs from ours. */
const CLOSE_TOLERANCE = 0.005;
const MINUTE = timeframeIndex('1m');
/** Bitcoins in existence since 2016, and their limit, widened by what two figures of different minutes may differ. */
const LEAST_SUPPLY = 14e6;
const MOST_SUPPLY = 22.5e6;
/** The dominances are rounded, and read one after the other. */
const DOMINANCE_TOLERANCE = 0.5;

/** What is checked against each other; null: not known. */
export interface CrossChecked {
  readonly btcDominance: number | null;
  readonly ethDominance: number | null;
  readonly usdtDominance: number | null;
  readonly total: number | null;
  readonly volume: number | null;
}

/** Gives what in a snapshot contradicts itself, in words; empty: nothing does. */
export function contradictions(frame: Frame, asset: number, figures: CrossChecked): readonly string[] {
  const { btcDominance, ethDominance, usdtDominance, total, volume } = figures;
  const { series, timeframe } = frame;
  const errors: string[] = [];
  const close = series.close(asset, timeframe, 0);
  const high = series.high(asset, timeframe, 0);
  const low = series.low(asset, timeframe, 0);
  if (!(low <= close && close <= high)) errors.push(`btc_price_usd ${close} is not within ${low} to ${high}`);

  const minute = timeframe === MINUTE ? -1 : endedBy(series, asset, MINUTE, frame.time);
  const ofMinute = minute === -1 ? Number.NaN : series.close(asset, MINUTE, minute);
  const isSameMoment = series.time(asset, MINUTE, minute) + MINUTE_MS === frame.time;
  if (!frame.isForming && isSameMoment && Math.abs(close / ofMinute - 1) > CLOSE_TOLERANCE) {
    errors.push(`btc_price_usd ${close} of ${TIMEFRAMES[timeframe]} is ${ofMinute} in 1m`);
  }

  const sum = (btcDominance ?? 0) + (ethDominance ?? 0) + (usdtDominance ?? 0);
  if (sum > 100 + DOMINANCE_TOLERANCE) errors.push(`the dominances add up to ${sum} %`);
  if (btcDominance !== null && total !== null) {
    const supply = (total * btcDominance) / 100 / close;
    if (supply < LEAST_SUPPLY || supply > MOST_SUPPLY) {
      errors.push(`total, btc_dominance and btc_price_usd say that there are ${Math.round(supply)} BTC`);
    }
  }
  if (volume !== null && total !== null && volume > total) {
    errors.push(`the market's volume of 24 h, ${volume}, is more than it is worth`);
  }
  return errors;
}
