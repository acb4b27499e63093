import { createHash } from 'node:crypto';
import type { Engine } from '../engine/engine.js';
import type { CandleView } from '../engine/views.js';
import { TIMEFRAME_COUNT } from '../timeframe.js';

/** What of a candle goes into the digest, beside which one it is and its indicators. */
const VALUES = 10;

/**
 * SHA-256 over every closed candle with its indicators, bit for bit and in order: two runs with the same digest have
 * closed the same candles.
 */
export class ClosedDigest {
  readonly #hash = createHash('sha256');
  readonly #values: Float64Array;
  readonly #bytes: Uint8Array;

  constructor(
    private readonly engine: Engine,
    symbols: readonly string[],
  ) {
    this.#hash.update(JSON.stringify({ symbols, columns: engine.indicatorColumns }));
    this.#values = new Float64Array(VALUES + engine.indicatorColumns.length);
    this.#bytes = new Uint8Array(this.#values.buffer);
  }

  /** Adds the candle that a series has just closed. */
  add(asset: number, timeframeIndex: number, view: CandleView): void {
    const { time, open, high, low, close, volume, tradeCount, vwap } = view;
    const unknown = Number.NaN;
    const candle = [time, open, high, low, close, volume, tradeCount ?? unknown, vwap ?? unknown];
    this.#values.set([asset, timeframeIndex, ...candle]);
    const series = asset * TIMEFRAME_COUNT + timeframeIndex;
    for (let column = 0; column < this.engine.indicatorColumns.length; column++)
      this.#values[VALUES + column] = this.engine.closedValue(series, column);
    this.#hash.update(this.#bytes);
  }

  /** Gives the digest in hexadecimal; nothing may be added afterwards. */
  end(): string {
    return this.#hash.digest('hex');
  }
}
