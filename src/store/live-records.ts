/**
 * Rows of the tables that the server holds in memory (`LiveTables`): what `sql/0019_notify.sql` tells of, and no column
 * besides. Amounts are decimal text as stored.
 */

/** A row of `assets`, apart from its figures. */
export interface LiveAsset {
  readonly id: number;
  readonly symbol: string;
  readonly name: string;
  readonly assetType: 'crypto' | 'stablecoin' | 'macro' | 'index';
  readonly quoteCurrency: string | null;
  readonly dataSource: string;
  readonly isActive: boolean;
  /** False: an administrator does not want it to be shown. */
  readonly isSupported: boolean;
}

/** A row of `watchlists`. */
export interface LiveWatchlist {
  readonly id: number;
  /** Null: a default list. */
  readonly userId: number | null;
  readonly name: string;
  readonly watchlistType: 'default' | 'personal';
  readonly isActive: boolean;
  readonly isPublic: boolean;
  readonly maxAssets: number;
  readonly sortOrder: number;
}

/** A row of `watchlist_assets`. */
export interface LiveWatchlistAsset {
  readonly id: number;
  readonly watchlistId: number;
  readonly assetId: number;
  readonly positionType: 'long' | 'short';
  readonly sortOrder: number;
  readonly isActive: boolean;
}

/** A row of `portfolios`. */
export interface LivePortfolio {
  readonly id: number;
  readonly userId: number;
  readonly isActive: boolean;
  readonly isPublic: boolean;
}

/** A row of `portfolio_assets`. */
export interface LivePortfolioAsset {
  readonly id: number;
  readonly portfolioId: number;
  readonly assetId: number;
  readonly assetType: 'Crypto Asset' | 'Stablecoin' | 'Long Position' | 'Short Position';
  /** 1 = no leverage. */
  readonly leverageRatio: string;
  /** What is left, in base units. */
  readonly quantity: string;
  /** Quote per base, as the other prices. */
  readonly entryPrice: string | null;
  readonly exitPrice: string | null;
  readonly tradeStatus: 'open' | 'reducing' | 'closed' | 'accumulating' | 'exit_plan';
  /** Null: something was sold while `entryPrice` was not known. */
  readonly pnlRealizedUsd: string | null;
  readonly allocationTargetPercent: string | null;
  readonly investmentTimeframe: 'short_term' | 'medium_term' | 'long_term' | null;
  readonly riskCategory: 'conservative' | 'moderate' | 'aggressive';
  readonly stopLossPrice: string | null;
  readonly takeProfitPrice: string | null;
  readonly maxAllocationPercent: string;
  readonly sortOrder: number;
  readonly isActive: boolean;
}

/** A row of `risk_management`, apart from what the server computes. */
export interface LiveRiskSettings {
  readonly id: number;
  readonly userId: number;
  readonly maxPositionSize: string | null;
  /** Share of the portfolio, 0–1. */
  readonly maxPortfolioRisk: string | null;
  readonly riskRules: Readonly<Record<string, unknown>> | null;
}

/** A row of `system_config`. */
export interface LiveSetting {
  readonly key: string;
  /** As stored: any JSON value. */
  readonly value: unknown;
}
