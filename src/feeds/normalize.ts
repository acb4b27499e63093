import type { Candle, Market, Trade } from '../market.js';
import type { TradeIdentity } from './trade-identity.js';

/** ccxt's own constants for how an exchange states precision. */
const DECIMAL_PLACES = 2;
const TICK_SIZE = 4;
const DEFAULT_DECIMALS = 8;
const MAX_DECIMALS = 15;

function isPrice(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/**
 * Turns a ccxt trade structure into ours. Null if time, price or amount is absent or senseless; a side that is neither
 * `buy` nor `sell` becomes null. Allocates the trade only.
 *
 * @param receivedAt our clock, ms
 * @param identity names a trade to which the exchange gives no id
 */
export function normalizeTrade(item: unknown, receivedAt: number, identity: TradeIdentity): Trade | null {
  if (typeof item !== 'object' || item === null) return null;
  const { id, timestamp, price, amount, side } = item as Record<string, unknown>;
  if (!isTime(timestamp) || !isPrice(price) || !isPrice(amount)) return null;
  return {
    id: typeof id === 'string' && id !== '' ? id : identity.name(timestamp, price, amount, side),
    time: timestamp,
    price,
    amount,
    side: side === 'buy' || side === 'sell' ? side : null,
    receivedAt,
  };
}

/**
 * Turns ccxt's `[time, open, high, low, close, volume]` into a candle. Null if a member is absent or senseless:
 * prices must be > 0 with low ≤ open, close ≤ high, volume ≥ 0.
 */
export function normalizeCandle(row: unknown): Candle | null {
  if (!Array.isArray(row)) return null;
  const [time, open, high, low, close, volume] = row as unknown[];
  if (!isTime(time) || !isPrice(open) || !isPrice(high) || !isPrice(low) || !isPrice(close)) return null;
  if (typeof volume !== 'number' || !Number.isFinite(volume) || volume < 0) return null;
  if (low > Math.min(open, close) || high < Math.max(open, close)) return null;
  return { time, open, high, low, close, volume, tradeCount: null, vwap: null };
}

/** Gives the decimal places of an amount, 0–15, from ccxt's `precision.amount` in the exchange's precision mode. */
export function amountDecimals(precision: unknown, mode: unknown): number {
  if (typeof precision !== 'number' || !Number.isFinite(precision) || precision < 0) return DEFAULT_DECIMALS;
  if (mode === DECIMAL_PLACES) return Math.min(MAX_DECIMALS, Math.round(precision));
  if (mode !== TICK_SIZE || precision === 0) return DEFAULT_DECIMALS;
  for (let decimals = 0; decimals < MAX_DECIMALS; decimals++) {
    const scaled = precision * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-9 && Math.round(scaled) > 0) return decimals;
  }
  return MAX_DECIMALS;
}

/** What is read of a ccxt market structure. */
export interface CcxtMarket {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** `spot`, `swap`, `future` or `option`. */
  readonly type: string;
  /** Absent where the exchange does not say. */
  readonly active?: boolean | undefined;
  readonly precision?: { readonly amount?: number | undefined } | undefined;
  /** True if a contract's value is stated in the quote currency. */
  readonly inverse?: boolean | undefined;
  /** What a contract is of, in base units (inverse ones: in quote); absent on spot markets. */
  readonly contractSize?: number | undefined;
}

/**
 * Says whether a market's trades are counted in base units. Where they are counted in contracts, their sum is not the
 * volume that most exchanges' candles have (100 contracts of 0.01 BTC on okx are 1 BTC there).
 */
export function countsInBase(market: Pick<CcxtMarket, 'type' | 'inverse' | 'contractSize'>): boolean {
  return market.type === 'spot' || (market.inverse !== true && (market.contractSize ?? 1) === 1);
}

/** Turns a ccxt market structure into ours. */
export function normalizeMarket(
  market: CcxtMarket,
  of: { readonly exchange: string; readonly precisionMode: unknown; readonly simulated: boolean },
): Market {
  return {
    exchange: of.exchange,
    symbol: market.symbol,
    base: market.base,
    quote: market.quote,
    amountDecimals: amountDecimals(market.precision?.amount, of.precisionMode),
    simulated: of.simulated,
  };
}
