import type { Candle, Source } from '../market.js';
import {
  bucketEnd,
  MINUTE_MS,
  ROLLS_UP_FROM,
  TIMEFRAME_COUNT,
  TIMEFRAMES,
  type Timeframe,
} from '../timeframe.js';
import { toLots } from './lots.js';
import type { Piece } from './roll-up.js';
import type { HistoryHole } from './views.js';

/**
 * How many of the newest seeded candles are kept per timeframe until the asset goes live. Enough to compose any longer
 * candle (31 days make a month), and to fill in for a longer candle that closed after its history was fetched.
 */
const KEPT = 330;

/** The newest seeded candles of one asset: what the candles that form at the start are composed of. */
export class HistoryTail {
  readonly #pieces: { candle: Candle; source: Source }[][] = Array.from(
    { length: TIMEFRAME_COUNT },
    () => [],
  );
  readonly #scale: number;

  /** @param scale 10^amountDecimals */
  constructor(scale: number) {
    this.#scale = scale;
  }

  push(timeframe: number, candle: Candle, source: Source): void {
    const pieces = this.#pieces[timeframe] as { candle: Candle; source: Source }[];
    pieces.push({ candle, source });
    if (pieces.length > 2 * KEPT) pieces.splice(0, pieces.length - KEPT);
  }

  get isEmpty(): boolean {
    return this.#pieces.every((pieces) => pieces.length === 0);
  }

  /** Gives the newest seeded candle; undefined if none is. */
  newest(timeframe: number): Candle | undefined {
    return this.#pieces[timeframe]?.at(-1)?.candle;
  }

  /**
   * Hands the pieces that make up `from` to `to` to `take`, oldest first: candles of `timeframe`, and where one is
   * missing of the timeframes that it rolls up from. What is found nowhere goes to `missing`.
   */
  compose(
    timeframe: number,
    from: number,
    to: number,
    take: (piece: Piece) => void,
    missing: (hole: HistoryHole) => void,
  ): void {
    let known = from;
    const below = (until: number): void => {
      if (known >= until) return;
      const finer = ROLLS_UP_FROM[timeframe] as number;
      if (finer === -1) missing({ timeframeIndex: timeframe, from: known, to: until });
      else this.compose(finer, known, until, take, missing);
    };
    for (const { candle, source } of this.#pieces[timeframe] as { candle: Candle; source: Source }[]) {
      const end = bucketEnd(TIMEFRAMES[timeframe] as Timeframe, candle.time);
      if (candle.time < known || end > to) continue;
      below(candle.time);
      take(this.piece(candle, source, end - candle.time));
      known = end;
    }
    below(to);
  }

  /** Gives the 1m minutes missing between the newest seeded one and `time`; null if there are none. */
  lateMinutes(time: number): HistoryHole | null {
    const newest = this.newest(0);
    if (newest === undefined || newest.time + MINUTE_MS >= time) return null;
    return { timeframeIndex: 0, from: newest.time + MINUTE_MS, to: time };
  }

  /** Gives a seeded candle as a piece of something longer. `length` in ms. */
  piece(candle: Candle, source: Source, length: number): Piece {
    const { open, high, low, close, volume, tradeCount, vwap } = candle;
    return {
      open,
      high,
      low,
      close,
      lots: toLots(volume, this.#scale),
      notional: volume === 0 ? 0 : vwap === null ? Number.NaN : vwap * volume,
      tradeCount: tradeCount ?? Number.NaN,
      coveredMs: length,
      source,
      isValidated: true,
    };
  }

  /** Gives a composed candle in the shape of a seeded one. */
  candle(time: number, piece: Piece): Candle {
    const { open, high, low, close, lots, notional, tradeCount } = piece;
    return {
      time,
      open,
      high,
      low,
      close,
      volume: lots / this.#scale,
      tradeCount: Number.isNaN(tradeCount) ? null : tradeCount,
      vwap: lots === 0 || Number.isNaN(notional) ? null : notional / (lots / this.#scale),
    };
  }
}
