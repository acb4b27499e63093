import type { Contexts, RegimeState } from '../../src/engine/analysis/contexts.js';
import { ExternalBook } from '../../src/engine/analysis/external-book.js';
import { RegimeModel } from '../../src/engine/analysis/regime/regime-model.js';
import { timeframeIndex } from '../../src/timeframe.js';
import type { SignalMarket } from '../../test/support/signal-market.js';

/** BTC's place in every recording. */
const REFERENCE = 0;
const SHORTEST = timeframeIndex('4h');
const LONGEST = timeframeIndex('1d');

/** What signals read of the regime, from BTC's candles alone: no breadth, no sentiment, no sectors are recorded. */
export class RegimeContexts implements Contexts {
  readonly #model = new RegimeModel();
  readonly #external = new ExternalBook();
  readonly #played: SignalMarket;

  constructor(played: SignalMarket) {
    this.#played = played;
  }

  /** Follows a candle that has closed at `time`, ms. */
  closed(asset: number, timeframe: number, candleTime: number, time: number): void {
    if (asset !== REFERENCE || timeframe < SHORTEST || timeframe > LONGEST) return;
    const { market, series, structures } = this.#played;
    this.#model.follow({
      timeframe,
      time,
      candleTime,
      isForming: false,
      market,
      series,
      structures,
      external: this.#external,
    });
  }

  regimeBefore(timeframe: number, time: number): RegimeState | null {
    return this.#model.before(timeframe, time);
  }

  sectorBefore(): null {
    return null;
  }
}
