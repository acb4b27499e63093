import type { Timeframe } from '../timeframe.js';
import type { Decimal } from './changes.js';
import type { PageRequest } from './keyset.js';
import type { JsonObject } from './user-records.js';

export type PortfolioAssetType = 'Crypto Asset' | 'Stablecoin' | 'Long Position' | 'Short Position';
export type TradeStatus = 'open' | 'reducing' | 'closed' | 'accumulating' | 'exit_plan';
export type InvestmentTimeframe = 'short_term' | 'medium_term' | 'long_term';
export type RiskCategory = 'conservative' | 'moderate' | 'aggressive';
export type TradeActionType =
  | 'buy'
  | 'sell'
  | 'partial_sell'
  | 'entry'
  | 'partial_exit'
  | 'full_exit'
  | 'modify_sl'
  | 'modify_tp';
export type TradeSource = 'manual' | 'ai_signal' | 'copy_trade' | 'algorithm';

/** A holding or a position. Quantities, prices and sums are decimal text as stored, prices in quote currency. */
export interface PortfolioAssetRecord {
  readonly id: number;
  readonly portfolioId: number;
  readonly assetId: number;
  readonly symbol: string;
  readonly dataSource: string;
  readonly quoteCurrency: string | null;
  readonly assetType: PortfolioAssetType;
  readonly leverageRatio: string;
  /** What is left of it, in base units. */
  readonly quantity: string;
  /** Mean price of what was bought; null: not known. */
  readonly entryPrice: string | null;
  readonly exitPrice: string | null;
  readonly tradeStatus: TradeStatus;
  /** Null: something was sold while `entryPrice` was not known. */
  readonly pnlRealizedUsd: string | null;
  /** Percent of the portfolio, as is `maxAllocationPercent`. */
  readonly allocationTargetPercent: string | null;
  readonly maxAllocationPercent: string;
  readonly investmentThesis: string | null;
  readonly investmentTimeframe: InvestmentTimeframe | null;
  readonly riskCategory: RiskCategory;
  readonly stopLossPrice: string | null;
  readonly takeProfitPrice: string | null;
  readonly notes: string | null;
  readonly sortOrder: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A user's portfolio with all that is in it by `sortOrder`, closed positions too. */
export interface PortfolioRecord {
  readonly id: number;
  readonly userId: number;
  readonly isPublic: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly assets: readonly PortfolioAssetRecord[];
}

/** What users may change of a holding. Its quantity moves by trades. */
export interface PortfolioAssetChanges {
  readonly leverageRatio?: Decimal;
  readonly tradeStatus?: Exclude<TradeStatus, 'closed'>;
  readonly allocationTargetPercent?: Decimal | null;
  readonly maxAllocationPercent?: Decimal;
  readonly investmentThesis?: string | null;
  readonly investmentTimeframe?: InvestmentTimeframe | null;
  readonly riskCategory?: RiskCategory;
  readonly stopLossPrice?: Decimal | null;
  readonly takeProfitPrice?: Decimal | null;
  readonly notes?: string | null;
  readonly sortOrder?: number;
}

export interface NewPortfolioAsset extends PortfolioAssetChanges {
  readonly assetId: number;
  readonly assetType: PortfolioAssetType;
  /** What is held already, in base units. Default 0. */
  readonly quantity?: Decimal;
  readonly entryPrice?: Decimal | null;
}

/** What is told of a trade besides its figures. */
export interface TradeNotes {
  readonly timeframe: Exclude<Timeframe, '1w' | '1M'>;
  /** Default `manual`. */
  readonly actionSource?: TradeSource;
  /** Only with the source `ai_signal`. */
  readonly aiSignalId?: number | null;
  readonly emotionState?: string | null;
  /** 1–10, as is `stressLevel`. */
  readonly confidenceLevel?: number | null;
  readonly stressLevel?: number | null;
  readonly marketSentiment?: 'bullish' | 'bearish' | 'sideways' | null;
  readonly volatilityLevel?: 'low' | 'medium' | 'high' | 'extreme' | null;
  readonly volumeProfile?: 'above_average' | 'below_average' | 'normal' | null;
  readonly primarySetup?: 'breakout' | 'pullback' | 'reversal' | 'trend_follow' | null;
  readonly confirmationSignals?: JsonObject | null;
  readonly chartPattern?: string | null;
  readonly analysisSnapshot?: JsonObject | null;
  /** USD */
  readonly capitalAmount?: Decimal | null;
  /** Percent of the capital. */
  readonly riskPercent?: Decimal | null;
  readonly reason?: string | null;
  readonly lessonLearned?: string | null;
  readonly notes?: string | null;
}

export interface NewTrade extends TradeNotes {
  readonly portfolioAssetId: number;
  /** The client's own name for it, 1–64 visible ASCII characters; see `findTrade`. */
  readonly clientId?: string | null;
  readonly actionType: TradeActionType;
  /** In quote currency, as are fees and stops. */
  readonly assetPrice: Decimal;
  /** Base units; passed over where the action says it: all that is left, or none. */
  readonly quantity?: Decimal;
  readonly feesPaid?: Decimal;
  /** Needed by `modify_sl` and `modify_tp`; with others a note of what held at the time. */
  readonly stopLoss?: Decimal | null;
  readonly takeProfit?: Decimal | null;
  /** What one unit of the quote currency is worth in USD, for the realized profit. */
  readonly usdPerQuote: Decimal;
}

/** A row of `trade_actions`. Figures are decimal text as stored. */
export interface TradeRecord {
  readonly id: number;
  readonly portfolioAssetId: number;
  readonly symbol: string;
  readonly actionType: TradeActionType;
  readonly assetPrice: string;
  readonly quantity: string;
  readonly feesPaid: string;
  /** Null: `pnlMissing` says why. */
  readonly pnlRealizedUsd: string | null;
  readonly pnlMissing: 'entry_price_unknown' | null;
  readonly timeframe: Exclude<Timeframe, '1w' | '1M'>;
  readonly emotionState: string | null;
  readonly confidenceLevel: number | null;
  readonly stressLevel: number | null;
  readonly marketSentiment: NonNullable<TradeNotes['marketSentiment']> | null;
  readonly volatilityLevel: NonNullable<TradeNotes['volatilityLevel']> | null;
  readonly volumeProfile: NonNullable<TradeNotes['volumeProfile']> | null;
  readonly primarySetup: NonNullable<TradeNotes['primarySetup']> | null;
  readonly confirmationSignals: JsonObject | null;
  readonly chartPattern: string | null;
  readonly analysisSnapshot: JsonObject | null;
  readonly stopLoss: string | null;
  readonly takeProfit: string | null;
  readonly capitalAmount: string | null;
  readonly riskPercent: string | null;
  readonly reason: string | null;
  readonly actionSource: TradeSource;
  readonly aiSignalId: number | null;
  readonly lessonLearned: string | null;
  readonly notes: string | null;
  readonly clientId: string | null;
  readonly createdAt: number;
}

/**
 * `closed`: nothing is left of the position; `insufficient`: less is left than is to go; `not_applicable`: a long
 * position is not sold by what opens a short one, and the like.
 */
export type RecordTrade =
  | { readonly outcome: 'recorded'; readonly trade: TradeRecord; readonly holding: PortfolioAssetRecord }
  | { readonly outcome: 'not_found' | 'closed' | 'insufficient' | 'not_applicable' };

export interface TradeFilter extends PageRequest {
  readonly portfolioAssetId?: number;
  readonly assetId?: number;
}
