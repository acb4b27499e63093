import { type Logger, pino } from 'pino';
import type { Test } from 'tap';
import { createFeed } from '../../src/feeds/ccxt-feed.js';
import {
  type DemoExchange,
  type DemoExchangeOptions,
  startDemoExchange,
} from '../../src/feeds/demo/exchange.js';
import type { Feed, FeedConfig } from '../../src/feeds/feed.js';
import { EventFold, type FoldedCandle } from './fold-events.js';
import { until } from './until.js';

const MINUTE_MS = 60_000;

export interface FeedRunOptions {
  readonly exchange?: DemoExchangeOptions;
  readonly feed?: Partial<FeedConfig>;
  /** Default: the first `count` pairs of the exchange. */
  readonly count?: number;
}

/** Names the pairs of a running exchange as ccxt does, in the exchange's order. */
export function symbolsOf(exchange: DemoExchange): string[] {
  return exchange.source.listings.map(({ base, quote }) => `${base}/${quote}`);
}

/** A demo exchange and a feed on it, every asset's events read by a plain fold. */
export class FeedRun {
  readonly folds: EventFold[] = [];
  /** Minute boundary at which the events begin. */
  from = 0;

  private constructor(
    readonly exchange: DemoExchange,
    readonly feed: Feed,
    readonly symbols: readonly string[],
  ) {}

  /** Starts both and opens the streams; nothing flows before `release`. */
  static async start(options: FeedRunOptions = {}): Promise<FeedRun> {
    const exchange = await startDemoExchange({
      startAt: Date.UTC(2026, 0, 31, 23, 50, 20),
      paused: true,
      ...options.exchange,
    });
    const logger: Logger = pino({ level: process.env.FEED_LOG ?? 'silent' });
    const feed = createFeed({
      exchange: 'demo',
      url: exchange.url,
      mode: 'trades',
      stallSeconds: 30,
      closeGraceMs: 300,
      random: () => 0,
      logger,
      ...options.feed,
    });
    await feed.connect();
    const symbols = symbolsOf(exchange).slice(0, options.count ?? 3);
    const run = new FeedRun(exchange, feed, symbols);
    run.from = Math.floor(feed.now() / MINUTE_MS) * MINUTE_MS;
    for (const listing of exchange.source.listings.slice(0, symbols.length)) {
      run.folds.push(new EventFold(run.from, listing.amountDecimals));
    }
    feed.watch(
      symbols.map((symbol, asset) => ({ symbol, asset })),
      (event) => run.folds[event.asset]?.take(event),
    );
    await until('every pair is subscribed', () => run.status.streams === symbols.length);
    return run;
  }

  release(): void {
    for (const { asset } of this.feed.status().symbols) this.feed.release(asset, this.from);
  }

  play(speed: number): void {
    this.exchange.control({ action: 'play', speed });
  }

  /** How things stand at the exchange. */
  get status(): ReturnType<DemoExchange['control']>['status'] {
    return this.exchange.control({ action: 'slow', ms: 0 }).status;
  }

  /** Waits until every asset is closed up to `time`. */
  async closedTo(time: number, boundMs = 40_000): Promise<void> {
    await until(
      `all closed up to ${time}`,
      () => this.folds.every((fold) => fold.closedTo >= time),
      boundMs,
      () => ({ closed: this.folds.map((fold) => fold.closedTo), status: this.feed.status() }),
    );
  }

  /** Lets the market go on for some minutes from now, then waits until everything so far is closed. */
  async goOn(minutes: number): Promise<void> {
    await this.closedTo(Math.floor(this.status.now / MINUTE_MS) * MINUTE_MS + minutes * MINUTE_MS);
  }

  /** What the exchange itself says of a minute of an asset; null for a quiet one. */
  truth(asset: number, time: number): Omit<FoldedCandle, 'from'> | null {
    const { source } = this.exchange;
    const listing = source.listings[asset];
    const bar = source.bar(asset, 'minute', time / MINUTE_MS);
    if (listing === undefined || bar === null) return null;
    const price = (ticks: number): number => Number(`${ticks}e-${listing.priceDecimals}`);
    return {
      time,
      open: price(bar.open),
      high: price(bar.high),
      low: price(bar.low),
      close: price(bar.close),
      volume: Number(`${bar.lots}e-${listing.amountDecimals}`),
    };
  }

  /** Everything that is wrong: broken promises, and closed candles that differ from the exchange's. */
  faults(): string[] {
    const wrong: string[] = [];
    for (const [asset, fold] of this.folds.entries()) {
      wrong.push(...fold.breaches.map((breach) => `${this.symbols[asset]}: ${breach}`));
      for (let time = this.from; time < fold.closedTo; time += MINUTE_MS) {
        const { from: _from, ...got } = fold.candles.get(time) ?? { from: null };
        const truth = this.truth(asset, time);
        const isQuiet = truth === null || (truth.volume === 0 && fold.candles.get(time) === undefined);
        if (!isQuiet && JSON.stringify(got) !== JSON.stringify(truth)) {
          wrong.push(
            `${this.symbols[asset]}: ${JSON.stringify(fold.candles.get(time))} is not ${JSON.stringify(truth)}`,
          );
        }
      }
    }
    return wrong;
  }

  async close(): Promise<void> {
    await this.feed.close();
    await this.exchange.close();
  }
}

/** Starts a run of four pairs in a market that goes 240 times as fast, closed for the first two minutes. */
export async function startedRun(t: Test, feed: Partial<FeedConfig> = {}): Promise<FeedRun> {
  const run = await FeedRun.start({ count: 4, feed });
  t.teardown(() => run.close());
  run.release();
  run.play(240);
  await run.closedTo(run.from + 2 * MINUTE_MS);
  return run;
}
