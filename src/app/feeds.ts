import type { Config } from '../config.js';
import { createFeed } from '../feeds/ccxt-feed.js';
import type { Feed } from '../feeds/feed.js';
import type { Logger } from '../logger.js';
import { startDemoProcess } from './demo-process.js';
import type { Stopper } from './stopper.js';

export interface Feeds {
  readonly feeds: readonly Feed[];
  /** Origin of the demo exchange that this process started; null if it started none. */
  readonly demoUrl: string | null;
  /** Resolves with the reason if that demo exchange ends without having been asked to. */
  readonly lost: Promise<string>;
}

/** Makes a feed per configured exchange, the demo exchange itself if it is asked for, and connects them all. */
export async function connectFeeds(config: Config, logger: Logger, stopper: Stopper): Promise<Feeds> {
  const urls = new Map(config.exchangeUrl ?? []);
  let demoUrl: string | null = null;
  let lost = new Promise<string>(() => undefined);
  if (config.exchange.includes('demo') && !urls.has('demo')) {
    const demo = startDemoProcess(config.demoSeed);
    await stopper.add('demo exchange', () => demo.stop());
    demoUrl = await demo.url;
    lost = demo.lost;
    urls.set('demo', demoUrl);
  }
  const feeds = await Promise.all(
    config.exchange.map(async (exchange) => {
      const url = urls.get(exchange);
      const feed = createFeed({
        exchange,
        ...(url === undefined ? {} : { url }),
        mode: config.feedMode,
        stallSeconds: config.stallSeconds,
        closeGraceMs: config.closeGraceMs,
        // Derivative markets are many and slow to list: only when one is asked for.
        derivatives: config.symbols?.some((symbol) => /\/[^:]+:/.test(symbol)) ?? false,
        logger: logger.child({ component: exchange }),
      });
      await stopper.add(`feed ${exchange}`, () => feed.close());
      await feed.connect();
      return feed;
    }),
  );
  return { feeds, demoUrl, lost };
}
