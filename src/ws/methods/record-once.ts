import type { z } from 'zod';
import type { tradeResult } from '../../api/trades.js';
import { RequestError } from '../../errors.js';
import type { Connection } from '../../store/pool.js';
import type { NewTrade, PortfolioAssetRecord, TradeRecord } from '../../store/portfolio-records.js';
import { getPortfolio } from '../../store/repositories/portfolios.js';
import { findTrade, recordTrade } from '../../store/repositories/trades.js';
import { withMissing } from './analyses.js';
import type { MethodContext } from './handler.js';
import { holdingItem, usdPerQuote } from './holding-item.js';
import { given, toNumber } from './user-rows.js';

type TradeResult = z.input<typeof tradeResult>;

export interface TradeRequest {
  readonly trade: Omit<NewTrade, 'usdPerQuote' | 'clientId'>;
  /** The client's own name for it; undefined: a repeat is another trade. */
  readonly clientId: string | undefined;
  /** USD; undefined: as it is now. */
  readonly usdPerQuote: number | undefined;
  /** The param that named the holding. */
  readonly field: string;
}

/**
 * Records a trade of a holding; one that was recorded under the same name of the client is given again and moves nothing.
 *
 * @param connection in a transaction
 * @throws RequestError `conflict` if the name stands for another trade, the holding is closed or has too little left
 */
export async function recordOnce(
  connection: Connection,
  context: MethodContext,
  userId: number,
  request: TradeRequest,
): Promise<TradeResult> {
  const { trade, clientId, field } = request;
  // First: it waits for the one that is sent at the same time.
  const before = clientId === undefined ? null : await findTrade(connection, userId, clientId);
  const holding = await holdingOf(connection, userId, trade.portfolioAssetId, field);
  if (before !== null) {
    if (!isSame(before, trade)) {
      const message = `client_id: trade ${before.id} has it, and it is another one than this`;
      throw new RequestError('conflict', message, 'client_id');
    }
    return { trade: tradeItem(before), holding: holdingItem(holding), repeated: true };
  }
  const rate = usdPerQuote(context.market, holding.quoteCurrency, request.usdPerQuote);
  const recorded = await recordTrade(connection, userId, {
    ...trade,
    usdPerQuote: rate,
    ...given({ clientId }),
  }).catch(refuseHugeSums);
  switch (recorded.outcome) {
    case 'recorded':
      return { trade: tradeItem(recorded.trade), holding: holdingItem(recorded.holding), repeated: false };
    case 'not_found':
      throw noHolding(holding.id, field);
    case 'closed':
      throw new RequestError('conflict', `holding ${holding.id} is closed: nothing is left of it`, field);
    case 'insufficient': {
      const message = `quantity: less is left of holding ${holding.id} than that; nothing was recorded`;
      throw new RequestError('conflict', message, trade.actionType === 'full_exit' ? field : 'quantity');
    }
    case 'not_applicable': {
      const message = `action_type: "${trade.actionType}" does nothing to a ${holding.assetType}`;
      throw new RequestError('invalid_params', message, 'action_type');
    }
  }
}

/** The database's code for a number that a column cannot hold. */
const OUT_OF_RANGE = '22003';

/** @throws RequestError for sums that the columns for money cannot hold, else the error */
function refuseHugeSums(error: unknown): never {
  if ((error as { readonly code?: unknown }).code !== OUT_OF_RANGE) throw error;
  const message = 'asset_price: price, quantity and rate make a sum of money that is too large to be kept';
  throw new RequestError('invalid_params', message, 'asset_price');
}

/** Gives a holding of a user. @throws RequestError `not_found` */
export async function holdingOf(
  connection: Connection,
  userId: number,
  id: number,
  field: string,
): Promise<PortfolioAssetRecord> {
  const portfolio = await getPortfolio(connection, userId);
  const holding = portfolio?.assets.find((each) => each.id === id);
  if (holding === undefined) throw noHolding(id, field);
  return holding;
}

/** @param field the param that named it */
export function noHolding(id: number, field: string): RequestError {
  return new RequestError('not_found', `your portfolio has no holding ${id}`, field);
}

/** Says whether a trade is what is asked for, as far as it moves its holding. */
function isSame(before: TradeRecord, trade: TradeRequest['trade']): boolean {
  const known = trade.quantity === undefined || Number(before.quantity) === Number(trade.quantity);
  return (
    before.portfolioAssetId === trade.portfolioAssetId &&
    before.actionType === trade.actionType &&
    Number(before.assetPrice) === Number(trade.assetPrice) &&
    Number(before.feesPaid) === Number(trade.feesPaid ?? 0) &&
    toNumber(before.stopLoss) === numberOf(trade.stopLoss) &&
    toNumber(before.takeProfit) === numberOf(trade.takeProfit) &&
    known
  );
}

function numberOf(given: string | number | null | undefined): number | null {
  return given === undefined || given === null ? null : Number(given);
}

/** Gives a trade as it is answered. */
export function tradeItem(trade: TradeRecord): TradeResult['trade'] {
  return withMissing(
    {
      id: trade.id,
      portfolio_asset_id: trade.portfolioAssetId,
      symbol: trade.symbol,
      action_type: trade.actionType,
      asset_price: Number(trade.assetPrice),
      quantity: Number(trade.quantity),
      fees_paid: Number(trade.feesPaid),
      pnl_realized_usd: toNumber(trade.pnlRealizedUsd),
      timeframe: trade.timeframe,
      emotion_state: trade.emotionState,
      confidence_level: trade.confidenceLevel,
      stress_level: trade.stressLevel,
      market_sentiment: trade.marketSentiment,
      volatility_level: trade.volatilityLevel,
      volume_profile: trade.volumeProfile,
      primary_setup: trade.primarySetup,
      confirmation_signals: trade.confirmationSignals === null ? null : { ...trade.confirmationSignals },
      chart_pattern: trade.chartPattern,
      analysis_snapshot: trade.analysisSnapshot === null ? null : { ...trade.analysisSnapshot },
      stop_loss: toNumber(trade.stopLoss),
      take_profit: toNumber(trade.takeProfit),
      capital_amount: toNumber(trade.capitalAmount),
      risk_percent: toNumber(trade.riskPercent),
      reason: trade.reason,
      action_source: trade.actionSource,
      ai_signal_id: trade.aiSignalId,
      lesson_learned: trade.lessonLearned,
      notes: trade.notes,
      client_id: trade.clientId,
      created_at: trade.createdAt,
    },
    { pnl_realized_usd: 'the entry price of what was sold is not known' },
    'none was given',
  );
}
