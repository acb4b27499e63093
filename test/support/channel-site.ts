import { EngineSinks } from '../../src/app/engine-sinks.js';
import { EngineMarketView } from '../../src/app/market-view.js';
import { Persistence } from '../../src/app/persistence.js';
import { Publisher } from '../../src/app/publisher.js';
import { RecentClosed } from '../../src/app/recent-closed.js';
import { ServedAsset } from '../../src/app/served-asset.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import { CHANNEL_KINDS, isEventChannel, type PriceChannel, parseChannel } from '../../src/channels.js';
import { Engine } from '../../src/engine/engine.js';
import type { FeedEvent, Publication, TradeEvent } from '../../src/events.js';
import { fieldsOf } from '../../src/protocol.js';
import type { CandleRecord } from '../../src/store/records.js';
import { TIMEFRAMES } from '../../src/timeframe.js';

export const MINUTE = 60_000;
/** The first minute of a month, a week and a day: everything closes one minute before. */
export const START = Date.UTC(2024, 3, 1);
/** Our clock, which stands still. */
export const NOW = 1_800_000_000_000;

type Fields = Record<string, unknown>;

/** The way from an event to publications and snapshots, all of it but feed, database and sockets. */
export class ChannelSite {
  readonly engine = new Engine();
  readonly broker = new MemoryBroker<Publication>();
  readonly written: CandleRecord[] = [];
  /** Closed candles that the writer has in its queue. */
  queued = 0;
  readonly market: EngineMarketView;
  readonly recent: RecentClosed;
  readonly served: ServedAsset;
  readonly published: Publication[] = [];
  readonly #publisher: Publisher;
  readonly #sinks: EngineSinks;
  #trades = 0;

  constructor(symbol = 'BTC/USDT') {
    const asset = this.engine.addAsset({ amountDecimals: 3, simulated: true });
    const market = {
      exchange: 'demo',
      symbol,
      base: 'BTC',
      quote: 'USDT',
      amountDecimals: 3,
      simulated: true,
    };
    this.served = new ServedAsset(market, asset, 77, 'demo');
    this.#publisher = new Publisher(this.engine, this.broker, () => NOW);
    const persistence = new Persistence(this.engine, {
      closed: (record) => {
        this.queued += 1;
        this.written.push(record);
      },
      forming: () => undefined,
    });
    this.recent = new RecentClosed(
      this.engine,
      () => true,
      () => this.queued === 0,
    );
    this.market = new EngineMarketView(this.engine, this.recent, () => NOW);
    this.#publisher.add(this.served);
    persistence.add(this.served);
    this.market.add(this.served);
    this.#sinks = new EngineSinks(this.#publisher, persistence, this.recent);
    this.engine.goLive(asset, START - MINUTE, this.#sinks);
  }

  process(event: FeedEvent): void {
    this.#publisher.begin(event);
    this.engine.process(event, this.#sinks);
  }

  trade(time: number, price: number, amount = 0.5): TradeEvent {
    this.#trades += 1;
    const id = String(this.#trades);
    const event: TradeEvent = {
      type: 'trade',
      asset: 0,
      id,
      time,
      price,
      amount,
      side: 'sell',
      receivedAt: time + 7,
    };
    this.process(event);
    return event;
  }

  watermark(time: number): void {
    this.process({ type: 'watermark', asset: 0, time, receivedAt: time + 9 });
  }

  async subscribe(...names: string[]): Promise<void> {
    for (const name of names) await this.broker.subscribe(name, (message) => this.published.push(message));
  }

  state(name: string) {
    return this.market.state(channel(name));
  }

  /** Publications since the last time this was asked. */
  take(): readonly Publication[] {
    return this.published.splice(0);
  }
}

/** Takes a channel's name apart. */
export function channel(name: string): PriceChannel {
  const parsed = parseChannel(name);
  if ('fault' in parsed) throw new Error(parsed.fault);
  if (!('symbol' in parsed) || isEventChannel(parsed)) throw new Error(`${name} is not of a symbol's prices`);
  return parsed;
}

/** Gives a row as a map from field to value; a value that is lacking is undefined. */
export function mapOf(engine: Engine, name: string, row: readonly unknown[] | null): Fields {
  const fields = fieldsOf(channel(name).kind, engine.indicatorColumns);
  return Object.fromEntries(fields.map((field, index) => [field, row?.[index]]));
}

/** Every channel of the asset. */
export const ALL_CHANNELS = Object.entries(CHANNEL_KINDS).flatMap(([kind, { scope }]) => {
  if (scope === 'series') return TIMEFRAMES.map((name) => `${kind}:BTC/USDT:${name}`);
  return scope === 'symbol' ? [`${kind}:BTC/USDT`] : [];
});
