import { MINUTE_MS } from '../../timeframe.js';
import type { Faults } from './faults.js';
import type { Hub } from './hub.js';
import { type Interval, isInterval, klineAt, nextOpenTime, openTime } from './klines.js';
import { forceOrderMessage } from './outside/usdm.js';
import { aggTradeMessage, dayStatistics, klineMessage, tickerMessage, tradeMessage } from './payloads.js';
import type { DemoTrade, MarketSource } from './source.js';

/** A forming kline is pushed at most this often, ms of market time. */
const KLINE_PUSH_MS = 1_000;
/** Tickers are pushed this often, ms of real time. */
const TICKER_PUSH_MS = 1_000;

interface KlinePush {
  readonly interval: Interval;
  lastPush: number;
  isDirty: boolean;
}

/** What is heard of one listing. */
interface Heard {
  readonly trade: string | null;
  readonly aggTrade: string | null;
  readonly forceOrder: string | null;
  readonly klines: readonly { topic: string; push: KlinePush }[];
}

/** Turns stretches of market time into messages on the streams that someone hears. */
export class MarketStream {
  readonly #source: MarketSource;
  readonly #hub: Hub;
  readonly #faults: Faults;
  readonly #byId: ReadonlyMap<string, number>;
  readonly #pushes = new Map<string, KlinePush>();
  #heard = new Map<number, Heard>();
  #lastTickers = 0;

  constructor(source: MarketSource, hub: Hub, faults: Faults) {
    this.#source = source;
    this.#hub = hub;
    this.#faults = faults;
    this.#byId = new Map(source.listings.map(({ id }, index) => [id.toLowerCase(), index]));
  }

  /**
   * Publishes everything with `from` ≤ time < `to`, in order of time over all pairs; the two lie within one minute,
   * or `to` is its end: then klines that end there get their final message. Returns the number of trades.
   */
  emit(from: number, to: number): number {
    this.#refresh();
    const minute = Math.floor(from / MINUTE_MS);
    const due: { listing: number; trade: DemoTrade }[] = [];
    for (const listing of this.#heard.keys()) {
      if (this.#isDelisted(listing)) continue;
      for (const trade of this.#source.trades(listing, minute)) {
        if (trade.time >= from && trade.time < to) due.push({ listing, trade });
      }
    }
    due.sort((a, b) => a.trade.time - b.trade.time);
    for (const { listing, trade } of due) this.#onTrade(listing, trade);
    for (const [listing, { klines }] of this.#heard) {
      if (this.#isDelisted(listing)) continue;
      for (const { topic, push } of klines) {
        const isFinal = nextOpenTime(push.interval, openTime(push.interval, to - 1)) === to;
        if (isFinal || (push.isDirty && to - push.lastPush >= KLINE_PUSH_MS)) {
          this.#pushKline(listing, topic, push, to, isFinal);
        }
      }
    }
    return due.length;
  }

  /** Publishes tickers if they are due; `realNow` is the real time, `now` the market's, both ms. */
  emitTickers(now: number, realNow: number): void {
    if (realNow - this.#lastTickers < TICKER_PUSH_MS) return;
    this.#lastTickers = realNow;
    for (const topic of this.#hub.topics()) {
      const [id = '', kind] = topic.split('@');
      const listing = this.#byId.get(id);
      if (listing === undefined || this.#isDelisted(listing)) continue;
      if (kind !== 'ticker' && kind !== 'miniTicker') continue;
      const statistics = dayStatistics(this.#source, listing, now);
      if (statistics !== null)
        this.#hub.publish(topic, tickerMessage(statistics, now, kind === 'miniTicker'));
    }
  }

  /** Sends trades that a reorder fault still holds back. */
  emitDelayed(): void {
    for (const [listing, trade] of this.#faults.takeDelayed()) this.#sendTrade(listing, trade);
  }

  /** Reads the subscriptions anew if they changed. Streams of unknown pairs are silent, as on Binance. */
  #refresh(): void {
    if (!this.#hub.takeChanged()) return;
    const heard = new Map<
      number,
      {
        trade: string | null;
        aggTrade: string | null;
        forceOrder: string | null;
        klines: Heard['klines'][0][];
      }
    >();
    for (const topic of this.#hub.topics()) {
      const [id = '', kind = ''] = topic.split('@');
      const index = this.#byId.get(id);
      if (index === undefined) continue;
      let entry = heard.get(index);
      if (entry === undefined) {
        entry = { trade: null, aggTrade: null, forceOrder: null, klines: [] };
        heard.set(index, entry);
      }
      const interval = kind.startsWith('kline_') ? kind.slice(6) : '';
      if (kind === 'trade') entry.trade = topic;
      else if (kind === 'aggTrade') entry.aggTrade = topic;
      else if (kind === 'forceOrder') entry.forceOrder = topic;
      else if (isInterval(interval)) entry.klines.push({ topic, push: this.#push(topic, interval) });
    }
    for (const topic of this.#pushes.keys()) if (!this.#hub.has(topic)) this.#pushes.delete(topic);
    this.#heard = heard;
  }

  #onTrade(listing: number, trade: DemoTrade): void {
    for (const sent of this.#faults.tradesFor(listing, trade)) this.#sendTrade(listing, sent);
    this.#sendForceOrder(listing, trade);
    for (const { topic, push } of this.#heard.get(listing)?.klines ?? []) {
      if (trade.time - push.lastPush >= KLINE_PUSH_MS) {
        this.#pushKline(listing, topic, push, trade.time + 1, false);
      } else push.isDirty = true;
    }
  }

  #sendTrade(listing: number, trade: DemoTrade): void {
    const heard = this.#heard.get(listing);
    const pair = this.#source.listings[listing];
    if (heard === undefined || pair === undefined) return;
    if (heard.trade !== null) this.#hub.publish(heard.trade, tradeMessage(pair, trade));
    if (heard.aggTrade !== null) this.#hub.publish(heard.aggTrade, aggTradeMessage(pair, trade));
  }

  #sendForceOrder(listing: number, trade: DemoTrade): void {
    const topic = this.#heard.get(listing)?.forceOrder ?? null;
    const pair = this.#source.listings[listing];
    if (topic === null || pair === undefined) return;
    const message = forceOrderMessage(pair, trade);
    if (message !== null) this.#hub.publish(topic, message);
  }

  /** Publishes a kline as of just before `to`; nothing if nothing is known of it (an outage in the record). */
  #pushKline(listing: number, topic: string, push: KlinePush, to: number, isFinal: boolean): void {
    push.lastPush = to;
    push.isDirty = false;
    const open = openTime(push.interval, to - 1);
    const kline = klineAt(this.#source, listing, push.interval, open, to);
    const pair = this.#source.listings[listing];
    if (kline === null || pair === undefined) return;
    const eventTime = isFinal ? to : to - 1;
    this.#hub.publish(topic, klineMessage(pair, push.interval, kline, eventTime, isFinal));
  }

  #push(topic: string, interval: Interval): KlinePush {
    let push = this.#pushes.get(topic);
    if (push === undefined) {
      push = { interval, lastPush: 0, isDirty: false };
      this.#pushes.set(topic, push);
    }
    return push;
  }

  #isDelisted(listing: number): boolean {
    return this.#faults.delisted.has(this.#source.listings[listing]?.id ?? '');
  }
}
