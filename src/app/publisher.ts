import type { Broker } from '../broker/broker.js';
import type { Engine } from '../engine/engine.js';
import type { EngineSink } from '../engine/views.js';
import type { FeedEvent, Publication } from '../events.js';
import { TIMEFRAME_COUNT } from '../timeframe.js';
import { candleRow, indicatorRow, tickerRow, tradeRow } from './rows.js';
import { CANDLES, INDICATORS, type ServedAsset, TICKER, TRADES } from './served-asset.js';

/**
 * Turns what the engine tells into publications. Every change counts its channel's offset up; a row is built only
 * for channels that someone is subscribed to, so an unwatched symbol costs a few additions per tick.
 */
export class Publisher implements Pick<EngineSink, 'closed' | 'moved' | 'ticked'> {
  readonly #engine: Engine;
  readonly #broker: Broker<Publication>;
  readonly #now: () => number;
  readonly #assets: ServedAsset[] = [];
  #event: FeedEvent | null = null;

  constructor(engine: Engine, broker: Broker<Publication>, now: () => number) {
    this.#engine = engine;
    this.#broker = broker;
    this.#now = now;
  }

  add(served: ServedAsset): void {
    this.#assets[served.asset] = served;
  }

  /** Says which event the engine is about to process. */
  begin(event: FeedEvent): void {
    this.#event = event;
  }

  ticked(asset: number): void {
    const served = this.#served(asset);
    const { simulated } = served.market;
    const event = this.#event;
    if (event?.type === 'trade') {
      served.keep(event);
      if (this.#wanted(served, TRADES)) this.#publish(served, TRADES, [tradeRow(event, simulated)], false);
    }
    if (this.#wanted(served, TICKER)) {
      const row = tickerRow(this.#engine, asset, simulated);
      // A price was just accepted, so there is one.
      if (row === null) throw new RangeError(`asset ${asset} ticked without a price`);
      this.#publish(served, TICKER, row, false);
    }
  }

  closed(asset: number, timeframeIndex: number): void {
    const served = this.#served(asset);
    const { simulated } = served.market;
    const series = asset * TIMEFRAME_COUNT + timeframeIndex;
    const view = this.#engine.lastClosed(series);
    if (view === null) throw new RangeError(`series ${series} closed no candle`);
    const channel = CANDLES + timeframeIndex;
    const isWanted = this.#wanted(served, channel);
    served.closes[timeframeIndex]?.add(served.offsets[channel] as number, view.time);
    if (isWanted) this.#publish(served, channel, candleRow(view, 'closed', simulated), true);
    if (this.#wanted(served, INDICATORS + timeframeIndex)) {
      const row = indicatorRow(this.#engine, series, view, 'closed', simulated);
      this.#publish(served, INDICATORS + timeframeIndex, row, false);
    }
  }

  moved(asset: number): void {
    const served = this.#served(asset);
    for (let index = 0; index < TIMEFRAME_COUNT; index++) {
      const series = asset * TIMEFRAME_COUNT + index;
      const view = this.#engine.forming(series);
      // Between a close and the next trade there is no forming candle: nothing to tell, so nothing to count.
      if (view === null) continue;
      const { simulated } = served.market;
      if (this.#wanted(served, CANDLES + index)) {
        this.#publish(served, CANDLES + index, candleRow(view, 'forming', simulated), false);
      }
      if (this.#wanted(served, INDICATORS + index)) {
        const row = indicatorRow(this.#engine, series, view, 'forming', simulated);
        this.#publish(served, INDICATORS + index, row, false);
      }
    }
  }

  /** Counts the channel up and says whether anybody wants to know. */
  #wanted(served: ServedAsset, channel: number): boolean {
    served.offsets[channel] = (served.offsets[channel] as number) + 1;
    return this.#broker.wanted(served.channels[channel] as string);
  }

  #publish(served: ServedAsset, channel: number, row: readonly unknown[], lossless: boolean): void {
    const name = served.channels[channel] as string;
    const offset = served.offsets[channel] as number;
    this.#broker.publish(name, { channel: name, offset, time: this.#now(), lossless, row });
  }

  #served(asset: number): ServedAsset {
    const served = this.#assets[asset];
    if (served === undefined) throw new RangeError(`asset ${asset} is not served`);
    return served;
  }
}
