import { OperatorError } from '../errors.js';
import type { Feed } from '../feeds/feed.js';
import type { Market } from '../market.js';

/** Coins that a live exchange serves when no symbols are asked for: the largest by trade for years. */
const DEFAULT_BASES = ['BTC', 'ETH', 'SOL', 'BNB', 'XRP', 'ADA', 'DOGE', 'LINK', 'AVAX', 'LTC'];
const DEFAULT_QUOTES = ['USDT', 'USD', 'USDC', 'EUR'];

/** A market and the feed that serves it. */
export interface Assignment {
  readonly feed: Feed;
  readonly market: Market;
}

/**
 * Decides which feed serves which symbol: the first exchange that lists it, or the one named before a colon
 * (`kraken:ETH/EUR`). A symbol is served once: prices of two exchanges never mix in one series.
 *
 * @param wanted as given by `--symbols`; undefined takes all of the demo exchange, or the largest coins of a live one
 * @throws OperatorError naming every symbol that no exchange lists, with the nearest that exist
 */
export function assignSymbols(
  feeds: readonly Feed[],
  wanted: readonly string[] | undefined,
): readonly Assignment[] {
  if (wanted === undefined) return defaults(feeds);
  const assignments = new Map<string, Assignment>();
  const faults: string[] = [];
  for (const text of wanted) {
    const prefix = /^([a-z0-9]+):(.+)$/.exec(text);
    const symbol = prefix?.[2] ?? text;
    const candidates = prefix === null ? feeds : feeds.filter((feed) => feed.exchange === prefix[1]);
    if (candidates.length === 0) {
      faults.push(
        `${text}: --exchange does not name ${prefix?.[1]}; it is ${feeds.map((f) => f.exchange).join(', ')}`,
      );
      continue;
    }
    if (assignments.has(symbol)) {
      faults.push(`${text}: ${symbol} is named twice; one exchange serves it, so name that one`);
      continue;
    }
    const found = firstListing(candidates, symbol);
    if (found !== null) assignments.set(symbol, found);
    else faults.push(unknownSymbol(candidates, symbol));
  }
  if (faults.length > 0) throw new OperatorError(faults.join('\n'));
  return [...assignments.values()];
}

function firstListing(feeds: readonly Feed[], symbol: string): Assignment | null {
  for (const feed of feeds) {
    const market = feed.markets([symbol]).found[0];
    if (market !== undefined) return { feed, market };
  }
  return null;
}

function unknownSymbol(feeds: readonly Feed[], symbol: string): string {
  const nearest = feeds.flatMap((feed) => feed.markets([symbol]).unknown.flatMap((entry) => entry.nearest));
  const names = feeds.map((feed) => feed.exchange).join(', ');
  const hint = nearest.length > 0 ? `; nearest: ${[...new Set(nearest)].slice(0, 5).join(', ')}` : '';
  return `${symbol} is not listed by ${names}${hint}`;
}

function defaults(feeds: readonly Feed[]): readonly Assignment[] {
  const assignments = new Map<string, Assignment>();
  for (const feed of feeds) {
    const symbols = feed.exchange === 'demo' ? largestFirst(feed) : largest(feed);
    for (const market of feed.markets(symbols).found) {
      if (!assignments.has(market.symbol)) assignments.set(market.symbol, { feed, market });
    }
  }
  if (assignments.size === 0) {
    throw new OperatorError(
      `${feeds.map((feed) => feed.exchange).join(', ')} lists none of the default coins: name some with --symbols`,
    );
  }
  return [...assignments.values()];
}

/** Gives all that is listed, the largest coins first: history is loaded in this order, and they are looked at first. */
function largestFirst(feed: Feed): readonly string[] {
  return [...new Set([...largest(feed), ...feed.listed()])];
}

function largest(feed: Feed): readonly string[] {
  const listed = new Set(feed.listed());
  return DEFAULT_BASES.flatMap((base) => {
    const quote = DEFAULT_QUOTES.find((candidate) => listed.has(`${base}/${candidate}`));
    return quote === undefined ? [] : [`${base}/${quote}`];
  });
}
