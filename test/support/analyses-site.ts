import { setImmediate as nextTurn } from 'node:timers/promises';
import { Analyses } from '../../src/app/analyses.js';
import { openLive } from '../../src/app/live.js';
import type { LiveTables } from '../../src/app/live-tables.js';
import { createPipeline, type Pipeline } from '../../src/app/pipeline.js';
import { Stopper } from '../../src/app/stopper.js';
import { openStorage, type Storage } from '../../src/app/storage.js';
import { type WarmUpPorts, warmUp } from '../../src/app/warm-up.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { FrameResult } from '../../src/engine/analysis/look.js';
import { keyText } from '../../src/engine/analysis/signals/signal.js';
import type { Publication } from '../../src/events.js';
import type { Feed } from '../../src/feeds/feed.js';
import { fromIndicatorDocument, toIndicatorDocument } from '../../src/indicator-document.js';
import type { Logger } from '../../src/logger.js';
import type { Candle } from '../../src/market.js';
import { createPool } from '../../src/store/pool.js';
import { AssetRepository } from '../../src/store/repositories/assets.js';
import { CandleRepository } from '../../src/store/repositories/candles.js';
import { MINUTE_MS } from '../../src/timeframe.js';
import { CandleWorld } from './candle-world.js';
import { makeTestFolder, silent } from './folder.js';

/** A Monday that begins a month: where the made prices begin. */
export const WORLD_BEGIN = Date.UTC(2024, 3, 1);
const DAYS = 100;
export const COINS = ['BTC', 'ETH', 'SOL', 'XRP'] as const;
export type Coin = (typeof COINS)[number];
const PRICES: Readonly<Record<Coin, number>> = { BTC: 60_000, ETH: 3_000, SOL: 150, XRP: 0.5 };
/** Candles of each series that a start loads. */
const DEPTH = 400;

/** Prices by coin, which a test may exchange. */
export type Worlds = Record<Coin, CandleWorld>;

/** @param jump as `CandleWorld` takes it */
export function makeWorlds(jump?: { readonly at: number; readonly factor: number }): Worlds {
  return Object.fromEntries(
    COINS.map((coin, n) => [coin, new CandleWorld(7 + n, WORLD_BEGIN, DAYS * 96, PRICES[coin], jump)]),
  ) as Worlds;
}

export interface AnalysesSiteOptions {
  /** Address of the database. */
  readonly url: string;
  readonly worlds: Worlds;
  /** Exchange time at which it starts, a minute boundary, ms. */
  readonly at: number;
  /** Folder of the spool, which outlives the site. */
  readonly dataDir: string;
  readonly logger?: Logger;
  /** Address by which the engine reaches the database. Default: the database's own. */
  readonly engineUrl?: string;
}

/** What of a server is about the four layers, with an exchange that a test plays minute by minute. */
export class AnalysesSite {
  readonly looked: FrameResult[] = [];
  /** Told of each new signal, by its key. */
  onSignal: (key: string) => void = () => undefined;
  /** Longest time that one minute's events of all coins held us up, ms. */
  longestMinuteMs = 0;
  #at: number;
  #trades = 0;

  private constructor(
    readonly pipeline: Pipeline,
    readonly storage: Storage,
    readonly tables: LiveTables,
    readonly analyses: Analyses,
    readonly stopper: Stopper,
    readonly options: AnalysesSiteOptions,
  ) {
    this.#at = options.at;
  }

  /** Starts as a server does, with history from the database first; resolves when all is live and settled. */
  static async start(
    t: { teardown(work: () => Promise<void>): void },
    options: AnalysesSiteOptions,
  ): Promise<AnalysesSite> {
    const { url, at, dataDir, logger = silent, engineUrl = url } = options;
    const pool = createPool({ url: engineUrl, logger: silent, role: 'cryptopredict_engine', size: 6 });
    const gateway = createPool({ url, logger: silent, role: 'cryptopredict_gateway', size: 2 });
    const stopper = new Stopper(silent);
    await stopper.add('pools', () => Promise.all([pool.end(), gateway.end()]));
    t.teardown(() => stopper.stop());
    const broker = new MemoryBroker<Publication>();
    let analyses: Analyses | null = null;
    const storage = await openStorage(
      {
        ...{ pool, broker, logger, dataDir, spoolMb: 64, formingWriteMs: 60_000 },
        heard: (event) => analyses?.heard(event),
      },
      stopper,
    );
    const { writer } = storage;
    const feed = feedOf(options);
    const pipeline = await createPipeline(
      COINS.map((base) => ({
        feed,
        market: {
          ...{ exchange: 'binance', symbol: `${base}/USDT`, base, quote: 'USDT' },
          ...{ amountDecimals: 0, simulated: false },
        },
      })),
      { broker, writer, assets: new AssetRepository(pool), indicators: [], now: () => at },
    );
    await stopper.add('writer', () => writer.close(1_500));
    const live = await openLive({ pipeline, writer, pool, url: engineUrl, logger }, stopper);
    analyses = await Analyses.open({
      ...{ pipeline, writer, pool, gateway, tables: live.tables, logger, now: () => at },
    });
    const opened = analyses;
    await stopper.add('analyses', () => opened.stop());
    const site = new AnalysesSite(pipeline, storage, live.tables, opened, stopper, options);
    const take = writer.signal.bind(writer);
    writer.signal = (signal) => {
      take(signal);
      site.onSignal(keyText(signal));
    };
    opened.onLooked = (result) => site.looked.push(result);
    const documents = { toDocument: toIndicatorDocument, fromDocument: fromIndicatorDocument };
    const candles = new CandleRepository(pool, documents);
    const ports: WarmUpPorts = {
      ...{ engine: pipeline.engine, sink: pipeline.sinks, logger, candles, depth: DEPTH },
      store: async (records) => {
        await candles.bulkUpsert(records, {
          computedAtMs: at,
          onRejected: (_record, error) => {
            throw error;
          },
        });
      },
      taker: opened.host,
      onStep: () => undefined,
    };
    for (const served of pipeline.served) {
      await warmUp(served, feed, ports);
      pipeline.process({ type: 'feed', asset: served.asset, up: true, time: at });
    }
    await opened.settle();
    await site.idle();
    return site;
  }

  /** Exchange time, ms. */
  get at(): number {
    return this.#at;
  }

  /** Plays minutes until `to`: four trades of each coin in each, at its open, extremes and close. */
  async play(to: number): Promise<void> {
    while (this.#at < to) {
      const minute = this.#at;
      this.#at += MINUTE_MS;
      const begun = performance.now();
      for (const { asset, market } of this.pipeline.served) {
        const [candle] = this.options.worlds[market.base as Coin].candles('1m', minute, this.#at);
        if (candle === undefined) throw new Error(`no minute ${new Date(minute).toISOString()}`);
        const { open, high, low, close, volume } = candle;
        for (const [n, price] of [open, low, high, close].entries()) {
          this.trade(asset, minute + n * 19_000, price, volume / 4);
        }
      }
      for (const { asset } of this.pipeline.served) {
        this.pipeline.process({ type: 'watermark', asset, time: this.#at, receivedAt: this.#at });
      }
      this.longestMinuteMs = Math.max(this.longestMinuteMs, performance.now() - begun);
      await this.idle();
    }
  }

  trade(asset: number, time: number, price: number, amount = 1): void {
    const id = String(++this.#trades);
    this.pipeline.process({
      ...{ type: 'trade', asset, id, time, price, amount, side: null, receivedAt: time },
    });
  }

  /** Waits until everything that waits for a turn of the event loop is done. */
  async idle(): Promise<void> {
    do await nextTurn();
    while (this.analyses.host.isBusy);
  }

  /** Stops as a server does: what was handed to the writer is written. */
  stop(): Promise<void> {
    return this.stopper.stop();
  }
}

/** A folder for the spool. */
export function makeDataDir(): Promise<string> {
  return makeTestFolder('analyses');
}

/** What a start asks of an exchange. */
function feedOf({ worlds, at }: AnalysesSiteOptions): Feed {
  const feed: Pick<Feed, 'dataSource' | 'now' | 'history' | 'release'> = {
    dataSource: 'binance',
    now: () => at,
    async history(symbol, timeframe, from, to, onPage) {
      const world = worlds[symbol.split('/')[0] as Coin];
      const page = world
        .candles(timeframe, from, Math.min(to, at))
        .map((candle): Candle => ({ ...candle, tradeCount: null, vwap: null }));
      onPage?.(page);
      return page;
    },
    release: () => undefined,
  };
  return feed as Feed;
}
