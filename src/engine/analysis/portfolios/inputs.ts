import type { Regime } from '../contexts.js';

/** The currency or coin that a holding is of, as its row in `assets` says. */
export interface HeldAsset {
  readonly assetId: number;
  readonly symbol: string;
  readonly base: string;
  /** Currency of its prices; null: none is known. */
  readonly quote: string | null;
  /** A coin that is meant to keep the value of a currency. */
  readonly isStablecoin: boolean;
}

/** A holding or a position, as the row of `portfolio_assets`. Amounts are decimal text as stored, prices in the quote. */
export interface HoldingInput {
  readonly id: number;
  readonly held: HeldAsset;
  readonly assetType: 'Crypto Asset' | 'Stablecoin' | 'Long Position' | 'Short Position';
  /** 1 = no leverage. */
  readonly leverageRatio: string;
  /** What is left, in base units. */
  readonly quantity: string;
  readonly entryPrice: string | null;
  readonly tradeStatus: 'open' | 'reducing' | 'closed' | 'accumulating' | 'exit_plan';
  /** Percent of the portfolio, as is `maxAllocationPercent`. */
  readonly allocationTargetPercent: string | null;
  readonly maxAllocationPercent: string;
  readonly riskCategory: 'conservative' | 'moderate' | 'aggressive';
  readonly stopLossPrice: string | null;
  readonly takeProfitPrice: string | null;
  /** Time of its first trade, ms; null or absent: not known. */
  readonly openedAt?: number | null;
  /** Daily regime when it was opened; null or absent: not known. */
  readonly regimeAtEntry?: Regime | null;
}

/** What a user's row in `risk_management` says. */
export interface RiskInput {
  /** USD */
  readonly maxPositionSize: string | null;
  /** Share of the portfolio that one position may lose, 0–1. */
  readonly maxPortfolioRisk: string | null;
}

/** A user's portfolio with what is in it. */
export interface PortfolioInput {
  readonly id: number;
  readonly userId: number;
  readonly holdings: readonly HoldingInput[];
  /** Null: the user has set none. */
  readonly risk: RiskInput | null;
  /** Sum of the fees of all trades, USD; null or absent: not known. */
  readonly feesPaidUsd?: number | null;
}

/** What portfolios read of signals that are active. */
export interface ActiveSignal {
  /** Null: not stored yet. */
  readonly id: number | null;
  readonly type: 'long' | 'short';
  /** 0–1. */
  readonly confidence: number;
}

/** Finds the active signals of an asset by its number in the engine. */
export interface ActiveSignals {
  activeOf(asset: number): readonly ActiveSignal[];
}

/** Ready for arithmetic: the numbers of a holding, and where its price comes from. */
export interface Position {
  readonly input: HoldingInput;
  /** 1: gains when the price rises; −1: when it falls. */
  readonly direction: 1 | -1;
  /** Base units. */
  readonly quantity: number;
  /** At least 1. */
  readonly leverage: number;
  /** In the quote; NaN: not known, as the others. */
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  /** Percent. */
  readonly allocationTarget: number;
  readonly maxAllocation: number;
  /** Number in the engine; −1: not served. */
  readonly asset: number;
  /** Number of the market that says what the quote is worth in dollars; −1: no such market; −2: the quote is a dollar. */
  readonly quoteAsset: number;
  /** A dollar by its documented peg, of which no market is served: worth 1. */
  readonly isPegged: boolean;
  readonly sectorId: number | null;
  /** Prices are made up or replayed. */
  readonly isSimulated: boolean;
}

/** The quote of a position is a dollar itself. */
export const QUOTE_IS_DOLLAR = -2;
