import { symbolChannel } from '../../channels.js';
import { isDollar } from '../../dollars.js';
import { RequestError } from '../../errors.js';
import { TICKER_FIELDS } from '../../protocol.js';
import { MINUTE_MS } from '../../timeframe.js';
import type { MarketView } from '../ports.js';

/** A price that nothing has confirmed for so long is not called the market's, ms. */
const STALE_MS = 5 * MINUTE_MS;

const LAST = TICKER_FIELDS.indexOf('last');
const TIME = TICKER_FIELDS.indexOf('time');

/** The last price of a symbol. */
interface KnownPrice {
  readonly price: number;
  /** Up to when it is known that it is the last, the exchange's time, ms. */
  readonly until: number;
  readonly isStale: boolean;
}

/**
 * Gives the last price of a served symbol, in its quote, for what money depends on.
 * @throws RequestError `unavailable` while none is known, and if the newest is old since nothing comes from the exchange
 */
export function currentPrice(market: MarketView, symbol: string): number {
  const known = knownPrice(market, symbol);
  if (known === null) throw new RequestError('unavailable', `the price of ${symbol} is not known yet`);
  if (!known.isStale) return known.price;
  throw new RequestError(
    'unavailable',
    `the price of ${symbol} is not current: the newest is of ${new Date(known.until).toISOString()}`,
  );
}

/** Gives what one unit of a currency is worth in USD now; null: it is not known here, or not current. */
export function usdOf(market: MarketView, currency: string): number | null {
  if (isDollar(currency)) return 1;
  for (const symbol of market.symbols()) {
    const [base, quote = ''] = symbol.split('/');
    if (base !== currency || !isDollar(quote)) continue;
    const known = knownPrice(market, symbol);
    if (known !== null && !known.isStale) return known.price;
  }
  return null;
}

/**
 * In a quiet market the newest trade is old and still the last: minutes that closed without one say so. The time of
 * simulated prices need not be ours, so they are never old.
 */
function knownPrice(market: MarketView, symbol: string): KnownPrice | null {
  const { row, time: now } = market.state(symbolChannel('ticker', symbol));
  const [price, traded] = [row?.[LAST], row?.[TIME]];
  if (typeof price !== 'number' || typeof traded !== 'number') return null;
  const minute = market.recentClosed(symbol, '1m').at(-1)?.[0];
  const until = Math.max(traded, typeof minute === 'number' ? minute + MINUTE_MS : 0);
  return { price, until, isStale: !market.isSimulated(symbol) && now - until > STALE_MS };
}
