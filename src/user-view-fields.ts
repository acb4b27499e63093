import type { Timeframe } from './timeframe.js';

/*
 * What the channels `portfolio`, `watchlist:ID` and `dashboard` carry: a row of these fields, whose nested parts are maps.
 */

/** Fields of a `portfolio` payload; see `PortfolioData`. */
export const PORTFOLIO_FIELDS = [
  'portfolio_id',
  'time',
  'simulated',
  'total_value_usd',
  'total_cost_usd',
  'total_pnl_usd',
  'total_pnl_pct',
  'daily_pnl_usd',
  'daily_pnl_pct',
  'gross_exposure_usd',
  'net_exposure_usd',
  'covered',
  'allocation',
  'analysed_at',
  'portfolio_risk_score',
  'diversification_score',
  'concentration_risk',
  'portfolio_beta',
  'portfolio_volatility',
  'sharpe_ratio',
  'max_drawdown_pct',
  'rebalance_needed',
  'overall_action',
  'holdings',
  'missing',
] as const;

/** Fields of a `watchlist:ID` payload; see `WatchlistData`. */
export const WATCHLIST_FIELDS = [
  'watchlist_id',
  'name',
  'time',
  'simulated',
  'scored_at',
  'timeframe',
  'outlook',
  'direction',
  'assets',
  'missing',
] as const;

/** Fields of a `dashboard` payload, as `ui.dashboard` answers; see `DashboardData`. */
export const DASHBOARD_FIELDS = [
  'user_profile',
  'portfolio_summary',
  'ai_status',
  'market_overview',
  'active_signals',
  'notifications',
  'simulated',
  'missing',
] as const;

type Missing = Readonly<Record<string, string>>;
/** Percent of what is left of all holdings, by name. */
type Shares = Readonly<Record<string, number>>;

/** A holding as it stands by the newest price. Prices in its quote, sums in US dollars; null: `missing` says why. */
export interface HoldingData {
  readonly portfolio_asset_id: number;
  readonly asset_id: number;
  readonly symbol: string;
  readonly asset_type: 'Crypto Asset' | 'Stablecoin' | 'Long Position' | 'Short Position';
  /** Base units. */
  readonly quantity: number;
  readonly leverage: number;
  readonly entry_price: number | null;
  readonly price: number | null;
  /** The exchange's time of the price, ms; null too where the price is that of a peg. */
  readonly price_time: number | null;
  /** `market`: its own market in dollars; `converted`: through a market of the quote; `peg`: 1 by its documented peg. */
  readonly price_basis: 'market' | 'converted' | 'peg' | null;
  readonly usd_per_quote: number | null;
  readonly value_usd: number | null;
  readonly cost_usd: number | null;
  readonly exposure_usd: number | null;
  /** Not realized yet. */
  readonly pnl_usd: number | null;
  readonly pnl_pct: number | null;
  /** What its price has done to it in 24 hours, or since it was opened if that is later. */
  readonly daily_pnl_usd: number | null;
  readonly share_pct: number | null;
  readonly stop_loss_price: number | null;
  readonly take_profit_price: number | null;
  /** The price is at the user's stop or beyond; null: no stop, or no price. As `target_reached`. */
  readonly stop_reached: boolean | null;
  readonly target_reached: boolean | null;
  /** Of the newest hourly analysis, as the four that follow; when that was, ms. */
  readonly analysed_at: number | null;
  readonly position_status: 'healthy' | 'at_risk' | 'critical' | 'take_profit_zone' | null;
  readonly recommended_action: string | null;
  readonly suggested_sl_price: number | null;
  readonly suggested_tp_price: number | null;
  readonly simulated: boolean;
  readonly missing: Missing;
}

/** A `portfolio` payload as a map. Sums in US dollars; null: `missing` says why. */
export interface PortfolioData {
  /** Null: the user has no portfolio yet. */
  readonly portfolio_id: number | null;
  /** The exchange's time of the newest of its prices, ms. */
  readonly time: number | null;
  readonly simulated: boolean;
  readonly total_value_usd: number | null;
  readonly total_cost_usd: number | null;
  readonly total_pnl_usd: number | null;
  readonly total_pnl_pct: number | null;
  /** Of what is held now, without what was realized meanwhile. */
  readonly daily_pnl_usd: number | null;
  /** Of what the holdings were worth then. */
  readonly daily_pnl_pct: number | null;
  readonly gross_exposure_usd: number | null;
  readonly net_exposure_usd: number | null;
  /** How many holdings the sums cover; `is_complete`: value and profit are known of all. */
  readonly covered: {
    readonly holdings: number;
    readonly valued: number;
    readonly with_pnl: number;
    readonly with_daily_pnl: number;
    readonly is_complete: boolean;
  };
  readonly allocation: {
    readonly by_sector: Shares;
    readonly by_risk: Shares;
    readonly by_asset_type: Shares;
  } | null;
  /** When the hourly analysis was made whose figures follow, ms. */
  readonly analysed_at: number | null;
  readonly portfolio_risk_score: number | null;
  readonly diversification_score: number | null;
  readonly concentration_risk: number | null;
  readonly portfolio_beta: number | null;
  readonly portfolio_volatility: number | null;
  readonly sharpe_ratio: number | null;
  readonly max_drawdown_pct: number | null;
  readonly rebalance_needed: boolean | null;
  readonly overall_action: string | null;
  /** Open ones, by ascending id. */
  readonly holdings: readonly HoldingData[];
  readonly missing: Missing;
}

/** An asset of a list as it stands; null: `missing` says why. */
export interface WatchedAssetData {
  readonly asset_id: number;
  readonly symbol: string;
  readonly position_type: 'long' | 'short';
  /** In its quote. */
  readonly price: number | null;
  /** The exchange's, ms. */
  readonly price_time: number | null;
  readonly change_24h_percent: number | null;
  /** 0–1, as it is watched: of a short the mirror of a long's. */
  readonly score: number | null;
  /** Within the list, 1 being the best. */
  readonly rank: number | null;
  readonly simulated: boolean;
  readonly missing: Missing;
}

/** A `watchlist:ID` payload as a map. */
export interface WatchlistData {
  readonly watchlist_id: number;
  /** Null: there is no such list any more. */
  readonly name: string | null;
  /** The exchange's time of the newest of its prices, ms. */
  readonly time: number | null;
  readonly simulated: boolean;
  /** Moment that the scores are of, ms. */
  readonly scored_at: number | null;
  readonly timeframe: Timeframe | null;
  readonly outlook: 'Bullish' | 'Bearish' | 'Neutral' | null;
  /** 0–1, 0.5 being neutral. */
  readonly direction: number | null;
  /** By rank, those without one last, in the order of the list. */
  readonly assets: readonly WatchedAssetData[];
  readonly missing: Missing;
}

/** A `dashboard` payload as a map; null: the `missing` beside it says why. */
export interface DashboardData {
  readonly user_profile: {
    readonly id: number;
    readonly first_name: string | null;
    readonly last_name: string | null;
    readonly role: 'admin' | 'public' | 'guest';
    readonly is_verified: boolean;
    readonly subscription_plan: string;
    readonly timezone: string;
    readonly language: string;
  } | null;
  readonly portfolio_summary: {
    /** US dollars, as the other sums. */
    readonly total_value: number | null;
    readonly daily_pnl: number | null;
    readonly daily_pnl_percentage: number | null;
    readonly total_pnl: number | null;
    readonly total_pnl_percentage: number | null;
    /** How many holdings the sums cover. */
    readonly covered: PortfolioData['covered'];
    readonly missing: Missing;
  };
  readonly ai_status: {
    /** The server is ready, and regime and sectors are known. */
    readonly all_online: boolean;
    /** Why not; null: they are. */
    readonly offline_reason: string | null;
    /** Models of the engine that are switched on. */
    readonly active_models: number | null;
    /** Trades and candles that were taken in, per minute. */
    readonly processing_rate: number | null;
    readonly missing: Missing;
  };
  readonly market_overview: {
    /** Of the day. */
    readonly regime: string | null;
    /** 0–1 */
    readonly regime_confidence: number | null;
    readonly sentiment: number | null;
    /** 0–100 */
    readonly fear_greed_index: number | null;
    readonly missing: Missing;
  };
  /** Of the whole market. */
  readonly active_signals: number;
  /** The user's unread ones. */
  readonly notifications: number | null;
  readonly simulated: boolean;
  readonly missing: Missing;
}
