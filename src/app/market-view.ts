import type { PriceChannel } from '../channels.js';
import type { Engine } from '../engine/engine.js';
import { TIMEFRAME_COUNT, type Timeframe, timeframeIndex } from '../timeframe.js';
import type { ChannelState, ClosedAt, ClosedPatterns, MarketView } from '../ws/ports.js';
import type { RecentClosed } from './recent-closed.js';
import { candleRow, indicatorRow, tickerRow, tradeRow } from './rows.js';
import { CANDLES, INDICATORS, type ServedAsset, TICKER, TRADES } from './served-asset.js';

/** The engine's current state as the gateway sees it. */
export class EngineMarketView implements MarketView {
  readonly indicatorColumns: readonly string[];
  readonly #engine: Engine;
  readonly #recent: RecentClosed;
  readonly #now: () => number;
  readonly #bySymbol = new Map<string, ServedAsset>();
  /** Symbols that are switched off. */
  readonly #unlisted = new Set<string>();

  constructor(engine: Engine, recent: RecentClosed, now: () => number) {
    this.indicatorColumns = engine.indicatorColumns;
    this.#engine = engine;
    this.#recent = recent;
    this.#now = now;
  }

  add(served: ServedAsset): void {
    this.#bySymbol.set(served.market.symbol, served);
  }

  /**
   * Switches a symbol off or on again. One that is off is not listed, and neither asked for nor subscribed to anew; who
   * has subscribed goes on to hear of it.
   */
  setListed(symbol: string, isListed: boolean): void {
    if (isListed) this.#unlisted.delete(symbol);
    else this.#unlisted.add(symbol);
  }

  symbols(): readonly string[] {
    return [...this.#bySymbol.keys()].filter((symbol) => !this.#unlisted.has(symbol));
  }

  assetId(symbol: string): number | undefined {
    return this.#unlisted.has(symbol) ? undefined : this.#bySymbol.get(symbol)?.assetId;
  }

  isSimulated(symbol: string): boolean {
    return this.#served(symbol).market.simulated;
  }

  state({ kind, symbol, timeframe }: PriceChannel): ChannelState {
    const served = this.#served(symbol);
    const index = timeframe === null ? 0 : timeframeIndex(timeframe);
    const series = served.asset * TIMEFRAME_COUNT + index;
    const { simulated } = served.market;
    switch (kind) {
      case 'ticker':
        return this.#state(served, TICKER, tickerRow(this.#engine, served.asset, simulated));
      case 'trades':
        return this.#state(
          served,
          TRADES,
          served.latestTrades().map((trade) => tradeRow(trade, simulated)),
        );
      case 'candles': {
        const view = this.#engine.forming(series);
        return this.#state(served, CANDLES + index, view && candleRow(view, 'forming', simulated));
      }
      case 'indicators': {
        const view = this.#engine.forming(series);
        const row = view && indicatorRow(this.#engine, series, view, 'forming', simulated);
        return this.#state(served, INDICATORS + index, row);
      }
    }
  }

  recentClosed(symbol: string, timeframe: Timeframe): readonly (readonly unknown[])[] {
    return this.#recent.of(this.#served(symbol).asset * TIMEFRAME_COUNT + timeframeIndex(timeframe));
  }

  closesAfter(symbol: string, timeframe: Timeframe, offset: number): readonly ClosedAt[] | null {
    return this.#served(symbol).closes[timeframeIndex(timeframe)]?.after(offset) ?? null;
  }

  patterns(symbol: string, timeframe: Timeframe): ClosedPatterns | null {
    const series = this.#served(symbol).asset * TIMEFRAME_COUNT + timeframeIndex(timeframe);
    const closed = this.#engine.lastClosed(series);
    return closed && { time: closed.time, found: this.#engine.patterns(series) };
  }

  #state(served: ServedAsset, channel: number, row: readonly unknown[] | null): ChannelState {
    return { offset: served.offsets[channel] as number, time: this.#now(), row };
  }

  #served(symbol: string): ServedAsset {
    const served = this.#bySymbol.get(symbol);
    if (served === undefined) throw new RangeError(`${symbol} is not served`);
    return served;
  }
}
