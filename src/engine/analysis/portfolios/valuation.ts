import { type PortfolioInput, type Position, QUOTE_IS_DOLLAR } from './inputs.js';

/** `market`: its own market in dollars; `converted`: through a market of the quote; `peg`: 1 by its documented peg. */
export type PriceBasis = 'market' | 'converted' | 'peg';

/** What a holding is worth. Null: not known; `missing` says why. */
export interface HoldingValue {
  readonly holdingId: number;
  readonly assetId: number;
  readonly symbol: string;
  /** In the quote. */
  readonly price: number | null;
  /** What one unit of the quote is worth. */
  readonly usdPerQuote: number | null;
  readonly basis: PriceBasis | null;
  /** Quantity × price, USD, signed: below 0 for shorts. */
  readonly exposureUsd: number | null;
  /** What would be left if it were closed at the price, USD; below 0 where the margin is more than gone. */
  readonly valueUsd: number | null;
  /** What was put in: quantity × entry price ÷ leverage, USD at today's rate of the quote. */
  readonly costUsd: number | null;
  /** Unrealized, USD. */
  readonly pnlUsd: number | null;
  /** Of what was put in, percent. */
  readonly pnlPct: number | null;
  readonly missing: Readonly<Record<string, string>>;
}

/** What a portfolio is worth: what is priced of it. Null: nothing of it is. */
export interface PortfolioValue {
  readonly portfolioId: number;
  readonly userId: number;
  readonly valueUsd: number | null;
  readonly costUsd: number | null;
  /** Of the holdings whose entry price is known. */
  readonly pnlUsd: number | null;
  readonly pnlPct: number | null;
  /** Sum of the sizes of all exposures, USD. */
  readonly grossExposureUsd: number | null;
  /** Sum with signs, USD. */
  readonly netExposureUsd: number | null;
  /** How many holdings the totals cover. */
  readonly covered: {
    readonly holdings: number;
    readonly valued: number;
    readonly withPnl: number;
    readonly isComplete: boolean;
    readonly missing: readonly {
      readonly holdingId: number;
      readonly symbol: string;
      readonly reason: string;
    }[];
  };
  /** Some of the prices are made up or replayed. */
  readonly isSimulated: boolean;
  readonly holdings: readonly HoldingValue[];
}

/** Gives the price of an asset by its number, in its quote; NaN: not known. */
export type PriceOf = (asset: number) => number;

/**
 * Values a holding. A long is worth its margin and its profit: quantity × (entry ÷ leverage + price − entry), which is
 * quantity × price without leverage and then needs no entry price. A short is worth quantity × (entry ÷ leverage +
 * entry − price). Funding, interest and fees are not known here and not in it. An entry in another currency than dollars
 * is converted at today's rate, so that the profit is that of the market and not of the currency.
 */
export function valueHolding(position: Position, priceOf: PriceOf): HoldingValue {
  const { input, direction, quantity, leverage, entry, asset, quoteAsset, isPegged } = position;
  const missing: Record<string, string> = {};
  const price = isPegged ? 1 : asset === -1 ? Number.NaN : priceOf(asset);
  const rate =
    isPegged || quoteAsset === QUOTE_IS_DOLLAR ? 1 : quoteAsset < 0 ? Number.NaN : priceOf(quoteAsset);
  if (!isPrice(price)) {
    missing.price =
      asset === -1 ? `${input.held.symbol} is not served` : `${input.held.symbol} has no price yet`;
  } else if (!isPrice(rate)) {
    missing.price = `no market says what ${input.held.quote ?? 'its quote'} is worth in US dollars`;
  }
  const isUnlevered = direction === 1 && leverage === 1;
  if (!isPrice(entry)) missing.entry = 'the entry price is not known';
  const usd = missing.price === undefined ? rate : Number.NaN;
  const cost = (quantity * entry * usd) / leverage;
  const pnl = direction * quantity * (price - entry) * usd;
  const worth = isUnlevered ? quantity * price * usd : cost + pnl;
  const isPriced = missing.price === undefined;
  return {
    holdingId: input.id,
    assetId: input.held.assetId,
    symbol: input.held.symbol,
    price: known(price),
    usdPerQuote: known(rate),
    basis: isPriced ? (isPegged ? 'peg' : quoteAsset === QUOTE_IS_DOLLAR ? 'market' : 'converted') : null,
    exposureUsd: known(direction * quantity * price * usd),
    valueUsd: known(worth),
    costUsd: known(cost),
    pnlUsd: known(pnl),
    pnlPct: cost > 0 ? known((pnl / cost) * 100) : null,
    missing,
  };
}

/** Values a portfolio: the sums are over the holdings in the order of their ids. */
export function valuePortfolio(
  { id, userId }: Pick<PortfolioInput, 'id' | 'userId'>,
  positions: readonly Position[],
  priceOf: PriceOf,
): PortfolioValue {
  const holdings = positions.map((position) => valueHolding(position, priceOf));
  const withPnl = holdings.filter(({ pnlUsd }) => pnlUsd !== null);
  const valued = holdings.filter(({ valueUsd }) => valueUsd !== null);
  const costUsd = sum(withPnl.map((holding) => holding.costUsd));
  const pnlUsd = sum(withPnl.map((holding) => holding.pnlUsd));
  return {
    portfolioId: id,
    userId,
    valueUsd: sum(valued.map((holding) => holding.valueUsd)),
    costUsd,
    pnlUsd,
    pnlPct: pnlUsd !== null && costUsd !== null && costUsd > 0 ? known((pnlUsd / costUsd) * 100) : null,
    grossExposureUsd: sum(
      valued.map(({ exposureUsd }) => (exposureUsd === null ? null : Math.abs(exposureUsd))),
    ),
    netExposureUsd: sum(valued.map((holding) => holding.exposureUsd)),
    covered: {
      holdings: holdings.length,
      valued: valued.length,
      withPnl: withPnl.length,
      isComplete: valued.length === holdings.length && withPnl.length === holdings.length,
      missing: holdings.flatMap(({ holdingId, symbol, missing }) => {
        const reasons = Object.values(missing);
        return reasons.length === 0 ? [] : [{ holdingId, symbol, reason: reasons.join('; ') }];
      }),
    },
    isSimulated: positions.some((position) => position.isSimulated),
    holdings,
  };
}

function isPrice(price: number): boolean {
  return price > 0 && price < Number.POSITIVE_INFINITY;
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Null: there is nothing to sum. */
function sum(values: readonly (number | null)[]): number | null {
  let total = 0;
  for (const value of values) total += value ?? 0;
  return values.length === 0 ? null : known(total);
}
