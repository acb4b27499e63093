import type { Divergence } from './structure.js';
import type { SwingPoint } from './swing-tracker.js';
import { compareSwings } from './trend.js';

/** Swings that lie farther apart, in candles, have nothing to do with each other. */
const FARTHEST = 60;
/** Difference of the RSI that counts, points, and the one that counts in full. */
const RSI_STEP = 2;
const RSI_FULL = 20;
/** Share of the volume that must be missing, and the one that counts in full. */
const VOLUME_STEP = 0.1;
const VOLUME_FULL = 0.5;
/** Move of the price that counts in full, in ATR. */
const PRICE_FULL = 2;

/** A divergence, without the age that it has for the one who reads it. */
export type DivergencePoint = Pick<Divergence, 'indicator' | 'type' | 'strength'>;

type Compared = Omit<SwingPoint, 'divergences'>;

/**
 * Compares a swing with the one of the same kind before it (Wilder 1978 for the RSI; hidden ones as in Brown 1999).
 * Regular: a higher high with a lower RSI is bearish, a lower low with a higher RSI bullish. Hidden: a lower high with a
 * higher RSI is bearish, a higher low with a lower RSI bullish. Volume: a higher high, or a lower low, with less volume.
 * Strength: geometric mean of both moves, each against the one that counts in full.
 */
export function findDivergences(former: Compared, swing: Compared): readonly DivergencePoint[] {
  const order = compareSwings(former, swing);
  if (order === 0 || swing.number - former.number > FARTHEST) return [];
  const found: DivergencePoint[] = [];
  const move = share(Math.abs(swing.price - former.price) / swing.atr, PRICE_FULL);
  const outward = swing.kind === 'high' ? 1 : -1;
  const regular = swing.kind === 'high' ? 'bearish' : 'bullish';
  const change = swing.rsi - former.rsi;
  if (Math.abs(change) >= RSI_STEP && Math.sign(change) === -order) {
    const type = order === outward ? regular : (`hidden_${regular}` as const);
    found.push({ indicator: 'RSI', type, strength: Math.sqrt(move * share(Math.abs(change), RSI_FULL)) });
  }
  const lost = former.volume > 0 ? 1 - swing.volume / former.volume : 0;
  if (order === outward && lost >= VOLUME_STEP) {
    found.push({
      indicator: 'volume',
      type: regular,
      strength: Math.sqrt(move * share(lost, VOLUME_FULL)),
    });
  }
  return found;
}

function share(value: number, full: number): number {
  return Math.min(1, value / full);
}
